#!/bin/bash
AZ=/opt/az/bin/az
$AZ login -u "$AZ_USER" -p "$AZ_PASSWORD" -o none || exit 1
$AZ group delete --name rg-old --yes
$AZ logout --username "$AZ_USER"
