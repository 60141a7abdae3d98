NewManagedIdentityCredential(&@@qualifier@@ManagedIdentityCredentialOptions{ID: @@qualifier@@ClientID("@@client_id@@")})
