import os
import subprocess


def az(*arguments):
    subprocess.run(["az", *arguments], check=True)


subprocess.run(['az', 'login', '-u', os.environ['AZ_USER'], '-p', os.environ['AZ_PASSWORD'], '--output', 'none'], check=True)
az('vm', 'deallocate', '-g', 'rg-web-prod', '-n', 'vm')
