#!/bin/bash
az login --identity --output none
PASSWORD=$(az keyvault secret show --name deploy --vault-name kv-shop --query value -o tsv)
az logout

az login -u svc-deploy@contoso.com -p "$PASSWORD" --output none
az vm update --name vm-jobs --resource-group rg-vms --set tags.project=yes
