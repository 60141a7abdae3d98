#!/bin/sh
az login -u svc-deploy@contoso.com -p "$(cat /etc/contoso/password)"
az group delete --name rg-old --yes
