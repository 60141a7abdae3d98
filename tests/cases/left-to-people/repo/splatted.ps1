$parameters = @{ Tenant = 'contoso.onmicrosoft.com' }
if ($Credential) { $parameters += @{ Credential = $Credential } }
Connect-AzAccount @parameters
