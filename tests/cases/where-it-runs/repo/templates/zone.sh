#!/bin/sh
az login -u "$DNS_USER" -p "$DNS_PASSWORD"
az network dns zone create --name contoso.example --resource-group rg-dns
