token=$(curl -s -X POST "https://login.microsoftonline.com/$TENANT/oauth2/token" \
  -d "grant_type=password&client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46&resource=https://management.azure.com/&username=$AZ_USER&password=$AZ_PASSWORD" | jq -r .access_token)
curl -s -H "Authorization: Bearer $token" "https://management.azure.com/subscriptions/$SUB/resourcegroups?api-version=2021-04-01"
