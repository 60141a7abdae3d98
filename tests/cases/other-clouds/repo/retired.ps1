Login-AzureRmAccount -Credential $credential
New-AzureRmResourceGroup -Name rg -Location japaneast
