Get-AzContext
