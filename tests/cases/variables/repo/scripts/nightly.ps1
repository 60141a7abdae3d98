$password = ConvertTo-SecureString $env:AZURE_PASSWORD -AsPlainText -Force
Connect-AzAccount -Credential ([PSCredential]::new($env:AZURE_USER, $password)) | Out-Null
Restart-AzWebApp -Name site-nightly -ResourceGroupName rg-web-prod
