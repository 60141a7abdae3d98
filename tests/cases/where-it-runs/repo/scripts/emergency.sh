az login --username breakglass@contoso.com --password "$PASSWORD"
