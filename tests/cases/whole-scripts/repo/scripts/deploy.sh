#!/usr/bin/env bash
# Tells the shop which release it is, and starts it anew.
set -euo pipefail

release=${1:?usage: deploy.sh RELEASE}
group=rg-web-prod
app=app-contoso-web

say() { printf '== %s\n' "$*" >&2; }

if [[ -n ${DRY_RUN:-} ]]; then
  say "would set $release"
  exit 0
fi

say "signing in"
az login --username "$AZURE_USER" --password "$AZURE_PASSWORD" --tenant contoso.onmicrosoft.com --output none
az account set --subscription "Contoso Prod"

say "setting $release"
az webapp config appsettings set -g "$group" -n "$app" --settings RELEASE="$release" --output none
az webapp restart -g "$group" -n "$app"
settings=$(az webapp config appsettings list -g "$group" -n "$app" --query "length(@)" --output tsv)
[[ $settings -gt 0 ]] || { say "no settings"; exit 1; }
