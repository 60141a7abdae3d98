#!/bin/sh
if ! az account show > /dev/null 2>&1; then
  az login -u "$AZURE_USER" -p "$AZURE_PASSWORD" --allow-no-subscriptions
fi
az group update --name "$1" --tags deployed="$(date +%F)"
