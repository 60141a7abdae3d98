# What workid planned for Contoso Prod (5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683), in contoso.onmicrosoft.com.
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
    azapi = {
      source  = "azure/azapi"
      version = "~> 2.0"
    }
    azuredevops = {
      source  = "microsoft/azuredevops"
      version = "~> 1.0"
    }
    github = {
      source  = "integrations/github"
      version = "~> 6.0"
    }
    gitlab = {
      source  = "gitlabhq/gitlab"
      version = "~> 17.0"
    }
  }
}

provider "azurerm" {
  features {}
  subscription_id = "5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683"
  tenant_id       = "3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10"
}

provider "azuredevops" {
  org_service_url = "https://dev.azure.com/contoso"
}

provider "github" {
  owner = "contoso"
}

provider "gitlab" {
  base_url = "https://gitlab.com/api/v4/"
}

# user-assigned managed identity id-web
resource "azurerm_user_assigned_identity" "identity_id_web" {
  name                = "id-web"
  resource_group_name = "rg-identities"
  location            = "japaneast"
  tags                = { made-by = "workid" }
}

# federated identity credential github
resource "azurerm_federated_identity_credential" "credential_a" {
  name                = "github"
  resource_group_name = "rg-identities"
  parent_id           = azurerm_user_assigned_identity.identity_id_web.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://token.actions.githubusercontent.com"
  subject             = "repo:contoso/web:environment:production"
}

# service connection data-prod in contoso/data
resource "azuredevops_serviceendpoint_azurerm" "connection_data" {
  project_id                             = "8d2c1b7e-5f3a-4c6d-9e80-1a2b3c4d5e6f"
  service_endpoint_name                  = "data-prod"
  service_endpoint_authentication_scheme = "WorkloadIdentityFederation"
  azurerm_spn_tenantid                   = "3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10"
  azurerm_subscription_id                = "5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683"
  azurerm_subscription_name              = "Contoso Prod"

  credentials {
    serviceprincipalid = azurerm_user_assigned_identity.identity_id_web.client_id
  }
}

# federated identity credential pipelines
resource "azurerm_federated_identity_credential" "credential_b" {
  name                = "pipelines"
  resource_group_name = "rg-identities"
  parent_id           = azurerm_user_assigned_identity.identity_id_web.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = azuredevops_serviceendpoint_azurerm.connection_data.workload_identity_federation_issuer
  subject             = azuredevops_serviceendpoint_azurerm.connection_data.workload_identity_federation_subject
  depends_on          = [azurerm_federated_identity_credential.credential_a]
}

# use of the identity by app-contoso-web
resource "azapi_update_resource" "attached_web" {
  type                   = "Microsoft.Web/sites@2024-04-01"
  resource_id            = "/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web"
  body                   = { identity = { type = "UserAssigned", userAssignedIdentities = { (azurerm_user_assigned_identity.identity_id_web.id) = {} } } }
  response_export_values = ["identity.principalId"]
}

# system-assigned managed identity of vm-jobs
resource "azapi_update_resource" "identity_vm_jobs" {
  type                   = "Microsoft.Compute/virtualMachines@2024-07-01"
  resource_id            = "/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs"
  body                   = { identity = { type = "SystemAssigned" } }
  response_export_values = ["identity.principalId"]
}

# custom role web-restart
resource "azurerm_role_definition" "custom_web" {
  name               = "web-restart"
  role_definition_id = "33670b34-3293-51b1-8b06-155d61dc9327"
  scope              = "/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod"
  description        = "Made by workid, of what commands ask for."
  assignable_scopes  = ["/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod"]

  permissions {
    actions      = ["Microsoft.Web/sites/restart/action"]
    data_actions = []
  }
}

# role assignment web-restart on rg-web-prod
resource "azurerm_role_assignment" "role_custom" {
  scope              = "/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod"
  role_definition_id = azurerm_role_definition.custom_web.role_definition_resource_id
  principal_id       = azapi_update_resource.identity_vm_jobs.output.identity.principalId
  principal_type     = "ServicePrincipal"
  description        = "Made by workid."
}

# role assignment Website Contributor on app-contoso-web
resource "azurerm_role_assignment" "role_web" {
  scope              = "/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web"
  role_definition_id = "/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/providers/Microsoft.Authorization/roleDefinitions/de139f84-1756-47ae-9be6-808fbbe84772"
  principal_id       = azurerm_user_assigned_identity.identity_id_web.principal_id
  principal_type     = "ServicePrincipal"
  description        = "Made by workid."
  condition          = "@Resource[a] StringEquals 'it''s'"
  condition_version  = "2.0"
}

# role assignment Website Contributor on the subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683
resource "azurerm_role_assignment" "role_all" {
  scope              = "/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683"
  role_definition_id = "/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/providers/Microsoft.Authorization/roleDefinitions/de139f84-1756-47ae-9be6-808fbbe84772"
  principal_id       = azurerm_user_assigned_identity.identity_id_web.principal_id
  principal_type     = "ServicePrincipal"
  description        = "Made by workid."
}

# application sp
resource "azuread_application" "application_sp" {
  display_name     = "sp"
  sign_in_audience = "AzureADMyOrg"
  notes            = "Made by workid."
}
resource "azuread_application_certificate" "application_sp" {
  application_id = azuread_application.application_sp.id
  type           = "AsymmetricX509Cert"
  value          = file("sp.crt")
}

# service principal sp
resource "azuread_service_principal" "identity_sp" {
  client_id = azuread_application.application_sp.client_id
}

# application app
resource "azuread_application" "application_app" {
  display_name     = "app"
  sign_in_audience = "AzureADMyOrg"
  notes            = "Made by workid."
}

# service principal app
resource "azuread_service_principal" "identity_app" {
  client_id = azuread_application.application_app.client_id
}

# federated identity credential github-main
resource "azuread_application_federated_identity_credential" "credential_c" {
  display_name   = "github-main"
  application_id = azuread_application.application_app.id
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://token.actions.githubusercontent.com"
  subject        = "repo:contoso/web:ref:refs/heads/main"
}

# Microsoft Graph in the tenant
data "azuread_service_principal" "api_graph" {
  client_id = "00000003-0000-0000-c000-000000000000"
}

# permission User.Read.All
resource "azuread_app_role_assignment" "permission_app" {
  app_role_id         = data.azuread_service_principal.api_graph.app_role_ids["User.Read.All"]
  principal_object_id = azuread_service_principal.identity_app.object_id
  resource_object_id  = data.azuread_service_principal.api_graph.object_id
}

# variable AZURE_CLIENT_ID of contoso/web (environment production) on github.com
resource "github_actions_environment_variable" "variable_github" {
  repository    = "web"
  variable_name = "AZURE_CLIENT_ID"
  environment   = "production"
  value         = azurerm_user_assigned_identity.identity_id_web.client_id
}

# variable AZURE_CLIENT_ID_APP of contoso/web on gitlab.com
resource "gitlab_project_variable" "variable_gitlab" {
  project           = "contoso/web"
  key               = "AZURE_CLIENT_ID_APP"
  value             = azuread_service_principal.identity_app.client_id
  environment_scope = "*"
  raw               = true
}
