ManagedIdentityCredentialBuilder().clientId("@@client_id@@")
