#!/bin/sh
az login -u "$1" -p "$2"
az vm tag list >/dev/null
az vm update --name agents-01 --resource-group rg-agents --set tags.ready=1
