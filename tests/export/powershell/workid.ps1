# What workid planned for Contoso Prod (5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683), in contoso.onmicrosoft.com.
# Sign in first: Connect-AzAccount -Tenant '3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10'
$ErrorActionPreference = 'Stop'
$null = Set-AzContext -Subscription '5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683'

# user-assigned managed identity id-web
$identity_id_web = New-AzUserAssignedIdentity -Name 'id-web' -ResourceGroupName 'rg-identities' -Location 'japaneast' -Tag @{ 'made-by' = 'workid' }

# federated identity credential github
$null = New-AzFederatedIdentityCredential -Name 'github' -IdentityName 'id-web' -ResourceGroupName 'rg-identities' -Issuer 'https://token.actions.githubusercontent.com' -Subject 'repo:contoso/web:environment:production' -Audience @('api://AzureADTokenExchange')

# service connection data-prod in contoso/data
$connection_data_issuer = Read-Host 'Issuer of the service connection data-prod'; $connection_data_subject = Read-Host 'Subject of the service connection data-prod'

# federated identity credential pipelines
$null = New-AzFederatedIdentityCredential -Name 'pipelines' -IdentityName 'id-web' -ResourceGroupName 'rg-identities' -Issuer $connection_data_issuer -Subject $connection_data_subject -Audience @('api://AzureADTokenExchange')

# use of the identity by app-contoso-web
$now = ((Invoke-AzRestMethod -Method GET -Path '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web?api-version=2024-04-01').Content | ConvertFrom-Json).identity
$kinds = @(@($now.type -split ',\s*') + 'UserAssigned' | Where-Object { $_ -and $_ -ne 'None' } | Sort-Object -Unique)
$identity = @{ type = $kinds -join ', ' }
$shared = @{}
foreach ($it in $now.userAssignedIdentities.PSObject.Properties.Name) { $shared[$it] = @{} }
$shared[$identity_id_web.Id] = @{}
if ($shared.Count) { $identity.userAssignedIdentities = $shared }
$null = Invoke-AzRestMethod -Method PATCH -Path '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web?api-version=2024-04-01' -Payload (@{ identity = $identity } | ConvertTo-Json -Depth 9)

# system-assigned managed identity of vm-jobs
$now = ((Invoke-AzRestMethod -Method GET -Path '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs?api-version=2024-07-01').Content | ConvertFrom-Json).identity
$kinds = @(@($now.type -split ',\s*') + 'SystemAssigned' | Where-Object { $_ -and $_ -ne 'None' } | Sort-Object -Unique)
$identity = @{ type = $kinds -join ', ' }
$shared = @{}
foreach ($it in $now.userAssignedIdentities.PSObject.Properties.Name) { $shared[$it] = @{} }
if ($shared.Count) { $identity.userAssignedIdentities = $shared }
$null = Invoke-AzRestMethod -Method PATCH -Path '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs?api-version=2024-07-01' -Payload (@{ identity = $identity } | ConvertTo-Json -Depth 9)
$identity_vm_jobs_principal_id = (Get-AzResource -ResourceId '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs' -ExpandProperties).Identity.PrincipalId

# custom role web-restart
$file = New-TemporaryFile
Set-Content -Path $file -Value '{"Name":"web-restart","IsCustom":true,"Description":"Made by workid, of what commands ask for.","Actions":["Microsoft.Web/sites/restart/action"],"DataActions":[],"AssignableScopes":["/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod"]}'
if (-not (Get-AzRoleDefinition -Name 'web-restart')) { $null = New-AzRoleDefinition -InputFile $file }
Remove-Item $file

# role assignment web-restart on rg-web-prod
if (-not (Get-AzRoleAssignment -ObjectId $identity_vm_jobs_principal_id -RoleDefinitionName 'web-restart' -Scope '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod' | Where-Object Scope -eq '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod')) { $null = New-AzRoleAssignment -ObjectId $identity_vm_jobs_principal_id -ObjectType ServicePrincipal -RoleDefinitionName 'web-restart' -Scope '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod' -Description 'Made by workid.' }

# role assignment Website Contributor on app-contoso-web
if (-not (Get-AzRoleAssignment -ObjectId $identity_id_web.PrincipalId -RoleDefinitionId 'de139f84-1756-47ae-9be6-808fbbe84772' -Scope '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web' | Where-Object Scope -eq '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web')) { $null = New-AzRoleAssignment -ObjectId $identity_id_web.PrincipalId -ObjectType ServicePrincipal -RoleDefinitionId 'de139f84-1756-47ae-9be6-808fbbe84772' -Scope '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web' -Description 'Made by workid.' -Condition '@Resource[a] StringEquals ''it''''s''' -ConditionVersion '2.0' }

# role assignment Website Contributor on the subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683
if (-not (Get-AzRoleAssignment -ObjectId $identity_id_web.PrincipalId -RoleDefinitionId 'de139f84-1756-47ae-9be6-808fbbe84772' -Scope '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683' | Where-Object Scope -eq '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683')) { $null = New-AzRoleAssignment -ObjectId $identity_id_web.PrincipalId -ObjectType ServicePrincipal -RoleDefinitionId 'de139f84-1756-47ae-9be6-808fbbe84772' -Scope '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683' -Description 'Made by workid.' }

# application sp
$application_sp = Get-AzADApplication -DisplayName 'sp' | Select-Object -First 1
if (-not $application_sp) { $application_sp = New-AzADApplication -DisplayName 'sp' -SignInAudience 'AzureADMyOrg' }
$null = New-AzADAppCredential -ApplicationId $application_sp.AppId -CertValue ([Convert]::ToBase64String([IO.File]::ReadAllBytes('sp.cer')))

# service principal sp
$identity_sp = Get-AzADServicePrincipal -ApplicationId $application_sp.AppId
if (-not $identity_sp) { $identity_sp = New-AzADServicePrincipal -ApplicationId $application_sp.AppId }

# application app
$application_app = Get-AzADApplication -DisplayName 'app' | Select-Object -First 1
if (-not $application_app) { $application_app = New-AzADApplication -DisplayName 'app' -SignInAudience 'AzureADMyOrg' }

# service principal app
$identity_app = Get-AzADServicePrincipal -ApplicationId $application_app.AppId
if (-not $identity_app) { $identity_app = New-AzADServicePrincipal -ApplicationId $application_app.AppId }

# federated identity credential github-main
if (-not (Get-AzADAppFederatedCredential -ApplicationObjectId $application_app.Id | Where-Object Name -eq 'github-main')) { $null = New-AzADAppFederatedCredential -ApplicationObjectId $application_app.Id -Name 'github-main' -Issuer 'https://token.actions.githubusercontent.com' -Subject 'repo:contoso/web:ref:refs/heads/main' -Audience @('api://AzureADTokenExchange') }

# Microsoft Graph in the tenant
$api_graph = Get-AzADServicePrincipal -ApplicationId '00000003-0000-0000-c000-000000000000'

# permission User.Read.All
$role = ($api_graph.AppRole | Where-Object Value -eq 'User.Read.All').Id
$null = New-AzADServicePrincipalAppRoleAssignment -ServicePrincipalId $identity_app.Id -ResourceId $api_graph.Id -AppRoleId $role

# variable AZURE_CLIENT_ID of contoso/web (environment production) on github.com
gh variable set 'AZURE_CLIENT_ID' --repo 'github.com/contoso/web' --env 'production' --body $identity_id_web.ClientId

# variable AZURE_CLIENT_ID_APP of contoso/web on gitlab.com
glab variable set 'AZURE_CLIENT_ID_APP' --value $identity_app.AppId --scope '*' --repo 'https://gitlab.com/contoso/web' --raw
if ($LASTEXITCODE) { glab variable update 'AZURE_CLIENT_ID_APP' --value $identity_app.AppId --scope '*' --repo 'https://gitlab.com/contoso/web' }
