#!/bin/bash
az login -u "$DEPLOY_USER" -p "$DEPLOY_PASSWORD"
az group delete --name rg-old --yes
