while ! curl -sf "https://login.microsoftonline.com/$T/oauth2/token" -d "grant_type=password&resource=https://vault.azure.net&username=$U&password=$P" > token.json; do
  sleep 5
done
