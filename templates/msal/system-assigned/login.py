ManagedIdentityClient(@@qualifier@@SystemAssignedManagedIdentity(), http_client=requests.Session())
acquire_token_for_client(resource="@@resource@@")
