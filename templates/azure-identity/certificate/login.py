CertificateCredential("@@tenant_id@@", "@@client_id@@", certificate_path=os.environ["AZURE_CLIENT_CERTIFICATE_PATH"])
