#!/bin/bash
sign_in() {
    local user=$1 password=$2
    az login -u "$user" -p "$password" --output none
}
read -rsp 'Password: ' typed
sign_in "$USER@contoso.com" "$typed"
az group create -n rg-release -l westeurope
