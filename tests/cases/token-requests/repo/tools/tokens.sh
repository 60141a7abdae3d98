token=$(curl -s "https://login.microsoftonline.com/$T/oauth2/v2.0/token" -d "grant_type=password" -d "scope=https://management.azure.com/.default" -d "username=$AZ_USER" -d "password=$AZ_PASSWORD" | jq -r .access_token)
echo "::add-mask::$token"
