az login --service-principal -u "$ID" -p "$SECRET" --tenant "$TENANT"
az acr login -n contoso -u user -p "$TOKEN"
echo "az login -u you@contoso.com -p ..."
