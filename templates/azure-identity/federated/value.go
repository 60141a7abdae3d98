NewAzureCLICredential(nil)
