choose Authentication=ActiveDirectoryMsi, and give the driver neither UID nor PWD
