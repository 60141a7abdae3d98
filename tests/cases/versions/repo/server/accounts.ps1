Install-Module Az.Accounts -RequiredVersion 2.3.0 -Force
$credential = New-Object PSCredential($env:AZ_USER, (ConvertTo-SecureString $env:AZ_PASSWORD -AsPlainText -Force))
Connect-AzAccount -Credential $credential
Stop-AzVM -ResourceGroupName rg-web-prod -Name vm -Force
