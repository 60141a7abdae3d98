@echo off
rem Signs in, and deploys.
set "DEPLOY_USER=svc-deploy@contoso.com"
set DEPLOY_PASSWORD=canary-batch
call az login -u %DEPLOY_USER% -p "%DEPLOY_PASSWORD%" > nul || exit /b 1
if "%1"=="prod" (
  call az group create --name rg-web --location japaneast
)
