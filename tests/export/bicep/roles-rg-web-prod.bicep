targetScope = 'resourceGroup'

param identity_id_web_principal_id string
param identity_vm_jobs_principal_id string

// role assignment web-restart on rg-web-prod
resource role_custom 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid('/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourcegroups/rg-web-prod', '33670b34-3293-51b1-8b06-155d61dc9327', identity_vm_jobs_principal_id)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '33670b34-3293-51b1-8b06-155d61dc9327')
    principalId: identity_vm_jobs_principal_id
    principalType: 'ServicePrincipal'
    description: 'Made by workid.'
  }
}

#disable-next-line BCP081
resource role_web_scope 'Microsoft.Web/sites@2024-04-01' existing = {
  name: 'app-contoso-web'
}

// role assignment Website Contributor on app-contoso-web
resource role_web 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid('/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourcegroups/rg-web-prod/providers/microsoft.web/sites/app-contoso-web', 'de139f84-1756-47ae-9be6-808fbbe84772', identity_id_web_principal_id)
  scope: role_web_scope
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'de139f84-1756-47ae-9be6-808fbbe84772')
    principalId: identity_id_web_principal_id
    principalType: 'ServicePrincipal'
    description: 'Made by workid.'
    condition: '@Resource[a] StringEquals \'it\'\'s\''
    conditionVersion: '2.0'
  }
}
