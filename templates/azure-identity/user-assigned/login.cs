ManagedIdentityCredential("@@client_id@@")
