#!/bin/bash
until sudo az login -u svc-pipelines@contoso.com -p "$(< /etc/azure)" --only-show-errors > /dev/null; do
  sleep 30
done
sudo az storage account update -g rg-data -n stcontosodata --tags checked=yes
