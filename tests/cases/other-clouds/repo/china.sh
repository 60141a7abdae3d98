az cloud set --name AzureChinaCloud
az login -u svc-deploy@contoso.com -p "$PASSWORD"
az group create -n rg -l chinaeast2
