ManagedIdentityCredential({ clientId: "@@client_id@@" })
