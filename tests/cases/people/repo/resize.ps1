$credential = Get-Credential
Connect-AzAccount -Credential $credential -Subscription 'Contoso Prod'
Update-AzVM -ResourceGroupName rg-vms -VM $vm
