package main

import "os/exec"

func choose(user, password, subscription string) {
	exec.Command("az", "login", "-u", user, "-p", password, "--subscription", subscription).Run()
}
