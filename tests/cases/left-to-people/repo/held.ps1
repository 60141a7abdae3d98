$passwordOption = "--password=$env:DEPLOY_PASSWORD"
az login --username deploy@contoso.com $passwordOption
az group list
