Connect-AzAccount
Start-AzVM -Name vm -ResourceGroupName rg
