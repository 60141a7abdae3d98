Connect-AzAccount -ServicePrincipal -ApplicationId "@@client_id@@" -Tenant "@@tenant_id@@" -FederatedToken @@token@@
