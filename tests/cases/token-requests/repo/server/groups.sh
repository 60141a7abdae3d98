TOKEN=$(curl -s "https://login.microsoftonline.com/$T/oauth2/token" -d "grant_type=password&resource=https://vault.azure.net&username=$U&password=$P" | jq -r .access_token)
