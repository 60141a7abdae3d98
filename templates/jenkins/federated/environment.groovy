environment {
    AZURE_ID_TOKEN = credentials('azure-id-token')
}
