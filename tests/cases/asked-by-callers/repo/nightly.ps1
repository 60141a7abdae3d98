. $PSScriptRoot/fleet.ps1
Connect-Fleet (Import-Clixml C:\fleet\bot.xml)
Remove-AzResourceGroup -Name rg-nightly -Force
