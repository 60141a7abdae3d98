import os
import subprocess

subprocess.check_call(["az", "login", "-u", os.environ["AZ_USER"], "-p", os.environ["AZ_PASSWORD"], "-o", "none"])
subprocess.check_call(["az", "group", "list"])
