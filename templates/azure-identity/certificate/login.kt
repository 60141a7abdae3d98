ClientCertificateCredentialBuilder().tenantId("@@tenant_id@@").clientId("@@client_id@@").pemCertificate(System.getenv("AZURE_CLIENT_CERTIFICATE_PATH"))
