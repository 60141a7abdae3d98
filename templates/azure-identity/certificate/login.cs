ClientCertificateCredential("@@tenant_id@@", "@@client_id@@", System.Environment.GetEnvironmentVariable("AZURE_CLIENT_CERTIFICATE_PATH"))
