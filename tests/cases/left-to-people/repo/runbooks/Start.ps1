Connect-AzAccount -Credential (Get-AutomationPSCredential -Name bot)
