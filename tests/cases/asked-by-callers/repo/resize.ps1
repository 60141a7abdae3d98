. $PSScriptRoot/azure.ps1
$me = Get-Credential -Message 'Who are you?'
Connect-Contoso -Credential $me -Subscription 'Contoso Prod'
Stop-AzVM -ResourceGroupName rg-vms -Name build01 -Force
