BODY="grant_type=password&resource=https://management.azure.com/&username=$U&password=$P"
curl -s -d "$BODY" "https://login.microsoftonline.com/$T/oauth2/token" > token.json
