$credential = Get-Credential
Connect-AzAccount -Credential $credential
