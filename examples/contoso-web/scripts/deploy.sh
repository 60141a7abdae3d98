#!/usr/bin/env bash
# Puts a built site on the production web app.
#
#   DEPLOY_USER=... DEPLOY_PASSWORD=... scripts/deploy.sh site.zip
set -euo pipefail

readonly GROUP=rg-web-prod
readonly APP=app-contoso-web
readonly PACKAGE=${1:?usage: deploy.sh PACKAGE}

log() { printf '%s  %s\n' "$(date -u +%H:%M:%S)" "$*"; }

sign_in() {
  log "signing in"
  # Until the service accounts got names of their own:
  # az login -u deploy@contoso.com -p 'canary-spring-2023' --output none
  az login -u "$DEPLOY_USER" -p "$DEPLOY_PASSWORD" --tenant contoso.onmicrosoft.com --output none
  az account set --subscription "Contoso Prod"
}

configure() {
  log "setting the release to ${GITHUB_SHA:-local}"
  az webapp config appsettings set --resource-group "$GROUP" --name "$APP" \
    --settings RELEASE="${GITHUB_SHA:-local}" NODE_ENV=production --output none
}

deploy() {
  log "deploying $PACKAGE"
  az webapp deploy --resource-group "$GROUP" --name "$APP" --src-path "$PACKAGE" --type zip --output none
  az webapp restart --resource-group "$GROUP" --name "$APP"
}

sign_in
configure
deploy
log "done"
