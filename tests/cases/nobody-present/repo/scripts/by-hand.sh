az login
az group list
