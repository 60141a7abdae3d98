choose SqlAuthenticationMethod.ActiveDirectoryManagedIdentity, and give the connection neither user nor password
