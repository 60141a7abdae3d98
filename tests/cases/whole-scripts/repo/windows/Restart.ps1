$password = ConvertTo-SecureString $env:AZURE_PASSWORD -AsPlainText -Force
$credential = [PSCredential]::new('svc-deploy@contoso.com', $password)
Connect-AzAccount -Credential $credential | Out-Null
Restart-AzWebApp -ResourceGroupName rg-web-prod -Name app-contoso-web
