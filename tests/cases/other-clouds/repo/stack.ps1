Connect-AzAccount -Environment 'AzureStackAdmin' -Credential $credential -Verbose:$false
New-AzResourceGroup -Name rg -Location local
