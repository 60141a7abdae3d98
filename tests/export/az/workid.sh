#!/usr/bin/env bash
# What workid planned for Contoso Prod (5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683), in contoso.onmicrosoft.com.
# Sign in first: az login --tenant 3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10
set -euo pipefail
az account set --subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683

# user-assigned managed identity id-web
az identity create --name id-web --resource-group rg-identities --location japaneast --subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683 --tags made-by=workid --output none
identity_id_web_id=$(az identity show --name id-web --resource-group rg-identities --subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683 --query id --output tsv)
identity_id_web_client_id=$(az identity show --name id-web --resource-group rg-identities --subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683 --query clientId --output tsv)
identity_id_web_principal_id=$(az identity show --name id-web --resource-group rg-identities --subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683 --query principalId --output tsv)

# federated identity credential github
az identity federated-credential create --name github --identity-name id-web --resource-group rg-identities --subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683 --issuer https://token.actions.githubusercontent.com --subject repo:contoso/web:environment:production --audiences api://AzureADTokenExchange --output none

# service connection data-prod in contoso/data
connection_data_file=$(mktemp)
printf '%s' '{"name":"data-prod","type":"AzureRM","url":"https://management.azure.com/","data":{"subscriptionId":"5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683","subscriptionName":"Contoso Prod","environment":"AzureCloud","scopeLevel":"Subscription","creationMode":"Manual"},"authorization":{"scheme":"WorkloadIdentityFederation","parameters":{"tenantid":"3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10","serviceprincipalid":"'"$identity_id_web_client_id"'"}},"isShared":false,"isReady":true,"serviceEndpointProjectReferences":[{"projectReference":{"id":"8d2c1b7e-5f3a-4c6d-9e80-1a2b3c4d5e6f","name":"data"},"name":"data-prod"}]}' > "$connection_data_file"
az devops service-endpoint create --service-endpoint-configuration "$connection_data_file" --organization https://dev.azure.com/contoso --project data --output none
rm "$connection_data_file"
connection_data_issuer=$(az devops service-endpoint list --organization https://dev.azure.com/contoso --project data --query '[?name=='\''data-prod'\''].authorization.parameters.workloadIdentityFederationIssuer | [0]' --output tsv)
connection_data_subject=$(az devops service-endpoint list --organization https://dev.azure.com/contoso --project data --query '[?name=='\''data-prod'\''].authorization.parameters.workloadIdentityFederationSubject | [0]' --output tsv)

# federated identity credential pipelines
az identity federated-credential create --name pipelines --identity-name id-web --resource-group rg-identities --subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683 --issuer "$connection_data_issuer" --subject "$connection_data_subject" --audiences api://AzureADTokenExchange --output none

# use of the identity by app-contoso-web
az webapp identity assign --ids /subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web --identities "$identity_id_web_id" --output none

# system-assigned managed identity of vm-jobs
az vm identity assign --ids /subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs --output none
identity_vm_jobs_principal_id=$(az resource show --ids /subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs --query identity.principalId --output tsv)

# custom role web-restart
az role definition create --role-definition '{"Name":"web-restart","IsCustom":true,"Description":"Made by workid, of what commands ask for.","Actions":["Microsoft.Web/sites/restart/action"],"DataActions":[],"AssignableScopes":["/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod"]}' --output none

# role assignment web-restart on rg-web-prod
az role assignment create --assignee-object-id "$identity_vm_jobs_principal_id" --assignee-principal-type ServicePrincipal --role web-restart --scope /subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod --description 'Made by workid.' --output none

# role assignment Website Contributor on app-contoso-web
az role assignment create --assignee-object-id "$identity_id_web_principal_id" --assignee-principal-type ServicePrincipal --role de139f84-1756-47ae-9be6-808fbbe84772 --scope /subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web --description 'Made by workid.' --condition '@Resource[a] StringEquals '\''it'\'''\''s'\''' --condition-version 2.0 --output none

# role assignment Website Contributor on the subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683
az role assignment create --assignee-object-id "$identity_id_web_principal_id" --assignee-principal-type ServicePrincipal --role de139f84-1756-47ae-9be6-808fbbe84772 --scope /subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683 --description 'Made by workid.' --output none

# certificate sp in sp.pem
[ -e sp.pem ] || (umask 077 && openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj '/CN=sp' -keyout sp.pem -out sp.pem.crt && cat sp.pem.crt >> sp.pem && rm sp.pem.crt)

# application sp
az rest --method PATCH --url 'https://graph.microsoft.com/v1.0/applications(uniqueName='\''sp'\'')' --headers Prefer=create-if-missing Content-Type=application/json --body '{"displayName":"sp","signInAudience":"AzureADMyOrg","notes":"Made by workid."}' --output none
application_sp_client_id=$(az rest --method GET --url 'https://graph.microsoft.com/v1.0/applications(uniqueName='\''sp'\'')' --query appId --output tsv)
az ad app credential reset --id "$application_sp_client_id" --cert @sp.pem --append --output none
application_sp_client_id=$(az rest --method GET --url 'https://graph.microsoft.com/v1.0/applications(uniqueName='\''sp'\'')' --query appId --output tsv)

# service principal sp
az ad sp show --id "$application_sp_client_id" --output none 2>/dev/null || az ad sp create --id "$application_sp_client_id" --output none
identity_sp_principal_id=$(az ad sp show --id "$application_sp_client_id" --query id --output tsv)
identity_sp_client_id="$application_sp_client_id"

# application app
az rest --method PATCH --url 'https://graph.microsoft.com/v1.0/applications(uniqueName='\''app'\'')' --headers Prefer=create-if-missing Content-Type=application/json --body '{"displayName":"app","signInAudience":"AzureADMyOrg","notes":"Made by workid."}' --output none
application_app_client_id=$(az rest --method GET --url 'https://graph.microsoft.com/v1.0/applications(uniqueName='\''app'\'')' --query appId --output tsv)

# service principal app
az ad sp show --id "$application_app_client_id" --output none 2>/dev/null || az ad sp create --id "$application_app_client_id" --output none
identity_app_principal_id=$(az ad sp show --id "$application_app_client_id" --query id --output tsv)
identity_app_client_id="$application_app_client_id"

# federated identity credential github-main
az rest --method PATCH --url "https://graph.microsoft.com/v1.0/applications(appId='$application_app_client_id')/federatedIdentityCredentials(name='"github-main"')" --headers Prefer=create-if-missing Content-Type=application/json --body '{"issuer":"'https://token.actions.githubusercontent.com'","subject":"'repo:contoso/web:ref:refs/heads/main'","audiences":["'api://AzureADTokenExchange'"]}' --output none

# Microsoft Graph in the tenant
api_graph_principal_id=$(az ad sp show --id 00000003-0000-0000-c000-000000000000 --query id --output tsv)

# permission User.Read.All
role=$(az rest --method GET --url "https://graph.microsoft.com/v1.0/servicePrincipals/$api_graph_principal_id" --query 'appRoles[?value=='\''User.Read.All'\''].id | [0]' --output tsv)
az rest --method POST --url "https://graph.microsoft.com/v1.0/servicePrincipals/$api_graph_principal_id/appRoleAssignedTo" --headers Content-Type=application/json --body '{"principalId":"'"$identity_app_principal_id"'","resourceId":"'"$api_graph_principal_id"'","appRoleId":"'"$role"'"}' --output none

# variable AZURE_CLIENT_ID of contoso/web (environment production) on github.com
gh variable set AZURE_CLIENT_ID --repo github.com/contoso/web --env production --body "$identity_id_web_client_id"

# variable AZURE_CLIENT_ID_APP of contoso/web on gitlab.com
glab variable set AZURE_CLIENT_ID_APP --value "$identity_app_client_id" --scope '*' --repo https://gitlab.com/contoso/web --raw || glab variable update AZURE_CLIENT_ID_APP --value "$identity_app_client_id" --scope '*' --repo https://gitlab.com/contoso/web
