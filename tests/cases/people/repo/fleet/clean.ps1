$secret = Get-Content C:\contoso\password | ConvertTo-SecureString
$credential = [PSCredential]::new('svc-deploy@contoso.com', $secret)
Connect-AzAccount -Credential $credential
Remove-AzResourceGroup -Name rg-old -Force
