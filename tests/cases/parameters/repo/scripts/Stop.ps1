param(
    [Parameter(Mandatory)]
    [PSCredential] $Credential,
    [string] $Group = 'rg-web-prod'
)
Connect-AzAccount -Credential $Credential | Out-Null
Get-AzVM -ResourceGroupName $Group | Stop-AzVM -Force
