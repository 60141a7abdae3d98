workid does not write objects of libraries in PowerShell: put there [Azure.Identity.ManagedIdentityCredential]::new()
