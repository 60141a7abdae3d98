$credential = Get-AutomationPSCredential -Name 'nightly-bot'
Connect-ExchangeOnline -Credential $credential -ShowBanner:$false
Connect-AzureAD -Credential $credential | Out-Null
New-AzResourceGroup -Name rg-mail -Location japaneast
Get-AzureADUser -All $true | ForEach-Object { Set-Mailbox $_.UserPrincipalName -AuditEnabled $true }
