Set-AzContext -Subscription @@subscription@@ | Out-Null
