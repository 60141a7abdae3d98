ManagedIdentityCredential(client_id="@@client_id@@")
