environment {
    AZURE_CLIENT_CERTIFICATE_PATH = credentials('azure-client-certificate')
}
