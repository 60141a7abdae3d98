#!/bin/bash
# The pipeline runs it, and whoever is on duty.
set -euo pipefail

az login -u "$AZ_USER" -p "$AZ_PASSWORD" --output none
az group create --name rg-web --location japaneast
