Connect-AzAccount -ServicePrincipal -ApplicationId '@@client_id@@' -Tenant '@@tenant_id@@' -CertificatePath $env:AZURE_CLIENT_CERTIFICATE_PATH
