#!/bin/bash
az login -u svc-deploy@contoso.com -p "$(cat /etc/contoso/password)" --output none || exit 1
az vm restart --resource-group rg-vms --name vm-jobs
