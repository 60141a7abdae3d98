function Connect-Fleet([pscredential]$Credential) {
    Connect-AzAccount -Credential $Credential
}
