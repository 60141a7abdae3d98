package web

import (
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func credential() (*azidentity.UsernamePasswordCredential, error) {
	return azidentity.NewUsernamePasswordCredential("t", "c", os.Getenv("AZ_USER"), os.Getenv("AZ_PASSWORD"), nil)
}
