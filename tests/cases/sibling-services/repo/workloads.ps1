Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com
Connect-PowerBIServiceAccount -ServicePrincipal -Credential $application -Tenant $tenant
Connect-SPOService -Url https://contoso-admin.sharepoint.com -Credential (Get-Credential)
