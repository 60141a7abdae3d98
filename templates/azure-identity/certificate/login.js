ClientCertificateCredential("@@tenant_id@@", "@@client_id@@", String(process.env.AZURE_CLIENT_CERTIFICATE_PATH))
