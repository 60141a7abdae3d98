targetScope = 'subscription'

param identity_id_web_principal_id string

// role assignment Website Contributor on the subscription 5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683
resource role_all 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid('/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683', 'de139f84-1756-47ae-9be6-808fbbe84772', identity_id_web_principal_id)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'de139f84-1756-47ae-9be6-808fbbe84772')
    principalId: identity_id_web_principal_id
    principalType: 'ServicePrincipal'
    description: 'Made by workid.'
  }
}
