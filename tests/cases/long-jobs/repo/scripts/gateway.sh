#!/bin/bash
set -euo pipefail
az login -u "$AZ_USER" -p "$AZ_PASSWORD" --output none
if ! az network vnet-gateway show -g rg-web-prod -n gw; then
  az network vnet-gateway create -g rg-web-prod -n gw \
    --public-ip-addresses pip-gw --vnet vnet
fi
az network vpn-connection create -g rg-web-prod -n to-office --vnet-gateway1 gw --local-gateway2 office
