#!/usr/bin/env bash
set -e
az login --username "$AZURE_USER" --password "$AZURE_PASSWORD" --output none
az webapp restart --name "$1" --resource-group rg-web-prod
