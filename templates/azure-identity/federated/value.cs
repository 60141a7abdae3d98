AzureCliCredential()
