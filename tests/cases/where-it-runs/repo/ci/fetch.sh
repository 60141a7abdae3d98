#!/bin/sh
az login --username svc-deploy@contoso.com --password "$PASSWORD"
az storage blob download --account-name a --container-name b --name c --file d
