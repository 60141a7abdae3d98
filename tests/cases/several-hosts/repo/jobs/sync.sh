#!/usr/bin/env bash
az login \
  -u svc-runbooks@contoso.com \
  -p "$(cat /etc/azure.password)" \
  --output none && az vm list -o table
