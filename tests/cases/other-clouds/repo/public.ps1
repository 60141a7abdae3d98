Connect-AzAccount -Environment AzureCloud -Credential $credential -Verbose:$false | Out-Null
New-AzResourceGroup -Name rg -Location japaneast
