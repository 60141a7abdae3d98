let what runs the script sign in to Azure PowerShell as @@client_id@@ in the tenant @@tenant_id@@, and put there Get-AzAccessToken -ResourceUrl RESOURCE, whose Token is a SecureString since Az 14
