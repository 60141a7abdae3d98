package main

import (
	"log"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func main() {
	log.SetOutput(os.Stdout)
	cred, err := azidentity.NewUsernamePasswordCredential(os.Getenv("TENANT"), os.Getenv("CLIENT"), os.Getenv("AZ_USER"), os.Getenv("AZ_PASSWORD"), nil)
	if err != nil {
		log.Fatal(err)
	}
	_ = cred
}
