@echo off
call az login -u svc-deploy@contoso.com -p %AZURE_PASSWORD% -o none
call az group update -n rg-data --set tags.from=windows -o none
