workid does not write objects of libraries in PowerShell: let what runs the script sign in to the Azure CLI as @@client_id@@, and put there [Azure.Identity.AzureCliCredential]::new()
