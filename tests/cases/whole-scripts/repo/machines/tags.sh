#!/bin/sh
# POSIX, as it runs on the smallest machines.
set -eu

sign_in() {
    az login -u svc-deploy@contoso.com -p "$1" -o none
}

tag() {
    az group update -n "$1" --set "tags.$2=$3" -o none
}

sign_in "$PASSWORD"
for group in rg-data rg-vms; do
    tag "$group" owner shop
done
