import subprocess

subprocess.run(["kubelogin", "convert-kubeconfig", "-l", "ropc", "--username", user, "--password", password])
