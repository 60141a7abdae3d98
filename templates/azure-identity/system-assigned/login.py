ManagedIdentityCredential()
