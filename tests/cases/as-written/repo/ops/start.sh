#!/bin/bash
case "${1:-user}" in
  msi) az login --identity ;;
  user) /usr/bin/az login -u "$AZ_USER" -p "$AZ_PASSWORD" > /dev/null ;;
esac
az vm create --resource-group rg-vms --name v1 --image Ubuntu2204
