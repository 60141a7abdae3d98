ManagedIdentityClient(@@qualifier@@UserAssignedManagedIdentity(client_id="@@client_id@@"), http_client=requests.Session())
acquire_token_for_client(resource="@@resource@@")
