Connect-AzAccount -UseDeviceAuthentication
Remove-AzResourceGroup -Name rg-old -Force
