az login -u "$AZ_USER" -p "$AZ_PASSWORD"
az vm deallocate -g rg-web-prod -n vm
