Connect-AzAccount -ServicePrincipal -ApplicationId "@@client_id@@" -Tenant "@@tenant_id@@" -FederatedToken @@fresh_token@@ | Out-Null
