$body = @{ grant_type = 'password'; username = $user; password = 'canary-91'; resource = 'https://management.azure.com/' }
$token = (Invoke-RestMethod -Method Post -Uri "https://login.microsoftonline.com/$tenant/oauth2/token" -Body $body).access_token
