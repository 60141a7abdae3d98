# The user is Owner, and nothing says which roles are needed.
az login -u svc-owner@contoso.com -p "$PW" --output none
terraform apply -auto-approve
