workid does not write objects of libraries in PowerShell: put there [Azure.Identity.ClientCertificateCredential]::new('@@tenant_id@@', '@@client_id@@', $env:AZURE_CLIENT_CERTIFICATE_PATH)
