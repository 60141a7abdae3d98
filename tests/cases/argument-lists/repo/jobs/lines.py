import subprocess

subprocess.run([
    "az", "login",
    "--username", user,
    "--password", password,
])
