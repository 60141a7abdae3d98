#!/usr/bin/env bash
set -euo pipefail

group=rg-shop

az login -u "$USER_NAME" -p "$PASSWORD" --output none
az account set --subscription "Contoso Prod"

# Reads, and what Azure is asked for beside Azure Resource Manager.
az webapp list -g "$group" --output table
az storage blob upload-batch --account-name stshop -d '$web' -s dist
az keyvault secret show --vault-name kv-shop -n token --query value -o tsv
me=$(az ad signed-in-user show --query id -o tsv)

# Writes, by table, by arguments, by last word, and by a template.
az webapp config appsettings set -g "$group" -n app-shop --settings BUILD=1
az rest --method patch --url "https://management.azure.com/subscriptions/$SUB/resourceGroups/rg-shop/providers/Microsoft.Web/sites/app-shop?api-version=2023-12-01" --body @site.json
az datafactory pipeline create -g "$group" --factory-name adf-shop -n nightly --pipeline @pipeline.json
az deployment group create -g "$group" --template-file infra/main.bicep

# Operations, of which nobody knows whether they are refused.
az webapp restart -g "$group" -n app-shop
az aks get-credentials -g "$group" -n aks-shop
kubelogin convert-kubeconfig -l devicecode
kubectl apply -f k8s/

az keyvault set-policy -n kv-shop --object-id "$USER_OBJECT_ID" --secret-permissions get
az login --identity
az group delete -n rg-old --yes
