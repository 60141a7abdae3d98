#!/bin/sh
az login --username "$1" --password "$SEED_PASSWORD"
az storage account create --name contososeed --resource-group rg-seed
