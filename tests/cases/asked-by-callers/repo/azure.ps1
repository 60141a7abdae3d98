function Connect-Contoso {
    param([pscredential]$Credential, [string]$Subscription)
    Connect-AzAccount -Credential $Credential -Subscription $Subscription
}
