#!/bin/bash
# Ran by whoever is on duty.
PASSWORD=$(pass azure/contoso)
az login -u me@contoso.com -p "$PASSWORD" --output none
az group create --name rg-release --location japaneast
