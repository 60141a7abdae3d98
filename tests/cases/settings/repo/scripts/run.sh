#!/bin/sh
export AZURE_USERNAME=svc-deploy@contoso.com AZURE_PASSWORD="$PW"
exec python report.py
