$password = ConvertTo-SecureString 'canary-77' -AsPlainText -Force
$credential = New-Object PSCredential('teams@contoso.com', $password)
Connect-MicrosoftTeams -Credential $credential
Connect-PnPOnline -Url https://contoso.sharepoint.com -Credentials $credential
# Connect-MsolService -Credential $credential
