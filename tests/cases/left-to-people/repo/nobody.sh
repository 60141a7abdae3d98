az login -u ghost@contoso.com -p "$PW"
az group list
