// What workid planned for Contoso Prod (5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683), in contoso.onmicrosoft.com.
// az deployment sub create --location LOCATION --template-file main.bicep
targetScope = 'subscription'

extension microsoftGraphV1

// service connection data-prod in contoso/data
param connection_data_issuer string
param connection_data_subject string

// The certificate of sp, as base64 without its frame
param application_sp_certificate string

// system-assigned managed identity of vm-jobs, switched on before
resource identity_vm_jobs 'Microsoft.Compute/virtualMachines@2024-07-01' existing = {
  scope: resourceGroup('rg-vms')
  name: 'vm-jobs'
}

// custom role web-restart
resource custom_web 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: '33670b34-3293-51b1-8b06-155d61dc9327'
  properties: {
    roleName: 'web-restart'
    type: 'CustomRole'
    description: 'Made by workid, of what commands ask for.'
    permissions: [
      {
        actions: [
          'Microsoft.Web/sites/restart/action'
        ]
        dataActions: []
      }
    ]
    assignableScopes: [
      '/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-web-prod'
    ]
  }
}

// application sp
resource application_sp 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'sp'
  displayName: 'sp'
  signInAudience: 'AzureADMyOrg'
  keyCredentials: [
    {
      type: 'AsymmetricX509Cert'
      usage: 'Verify'
      displayName: 'CN=sp'
      key: application_sp_certificate
    }
  ]
}

// service principal sp
resource identity_sp 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: application_sp.appId
}

// application app
resource application_app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'app'
  displayName: 'app'
  signInAudience: 'AzureADMyOrg'
}

// service principal app
resource identity_app 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: application_app.appId
}

// federated identity credential github-main
resource credential_c 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {
  name: '${application_app.uniqueName}/github-main'
  issuer: 'https://token.actions.githubusercontent.com'
  subject: 'repo:contoso/web:ref:refs/heads/main'
  audiences: [
    'api://AzureADTokenExchange'
  ]
}

// Microsoft Graph in the tenant
resource api_graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

// permission User.Read.All
resource permission_app 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {
  appRoleId: filter(api_graph.appRoles, role => role.value == 'User.Read.All')[0].id
  principalId: identity_app.id
  resourceId: api_graph.id
}

module identities_rg_identities 'identities-rg-identities.bicep' = {
  name: 'workid-identities-rg-identities'
  scope: resourceGroup('rg-identities')
  params: {
    connection_data_subject: connection_data_subject
    connection_data_issuer: connection_data_issuer
  }
}

module roles_subscription 'roles-subscription.bicep' = {
  name: 'workid-roles-subscription'
  scope: subscription()
  params: {
    identity_id_web_principal_id: identities_rg_identities.outputs.identity_id_web_principal_id
  }
}

module roles_rg_web_prod 'roles-rg-web-prod.bicep' = {
  name: 'workid-roles-rg-web-prod'
  scope: resourceGroup('rg-web-prod')
  dependsOn: [
    custom_web
  ]
  params: {
    identity_id_web_principal_id: identities_rg_identities.outputs.identity_id_web_principal_id
    identity_vm_jobs_principal_id: identity_vm_jobs.identity.principalId
  }
}
