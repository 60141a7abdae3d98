fedauth=ActiveDirectoryManagedIdentity
user id=@@client_id@@
