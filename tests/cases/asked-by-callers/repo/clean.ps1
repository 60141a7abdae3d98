. $PSScriptRoot/fleet.ps1
Connect-Fleet (Get-Credential)
Remove-AzResourceGroup -Name rg-test -Force
