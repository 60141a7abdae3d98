#!/bin/sh
az login --username svc-deploy@contoso.com --password "$PASSWORD"
az vm deallocate --ids "$VM"
