#!/bin/bash
set -e
az login --identity --output none
az account set --subscription "Contoso Prod"
if [ -z "$VAULT" ]; then
  VAULT=kv-shop
fi
# The password of the one who deploys
PASSWORD=$(az keyvault secret show --name deploy --vault-name "$VAULT" --query value -o tsv)

az login -u svc-deploy@contoso.com -p "$PASSWORD" --output none
az vm update --name vm-jobs --resource-group rg-vms --set tags.checked=yes
