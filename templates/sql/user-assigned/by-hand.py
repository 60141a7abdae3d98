choose Authentication=ActiveDirectoryMsi, give the driver the identity's object ID as UID (az identity show --query principalId; on App Service its client ID, @@client_id@@), and no PWD
