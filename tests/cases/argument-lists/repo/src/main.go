package main

import (
	"os"
	"os/exec"
)

func main() {
	exec.Command("az", "login", "-u", os.Getenv("AZ_USER"), "-p", os.Getenv("AZ_PASSWORD")).Run()
	exec.Command("az", "group", "list", "--subscription", os.Getenv("AZ_SUBSCRIPTION")).Run()
}
