choose SqlAuthenticationMethod.ActiveDirectoryManagedIdentity, give the connection the user ID @@client_id@@, and no password
