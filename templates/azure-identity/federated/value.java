AzureCliCredentialBuilder()
