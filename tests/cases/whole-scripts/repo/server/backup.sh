#!/usr/bin/env bash
set -euo pipefail
trap 'az logout' EXIT

az login --username svc-deploy@contoso.com --password="$BACKUP_PASSWORD" --allow-no-subscriptions >/dev/null
az storage account create --resource-group rg-data --name stbackup --location japaneast --sku Standard_LRS --output none
