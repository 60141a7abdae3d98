targetScope = 'resourceGroup'
param connection_data_subject string
param connection_data_issuer string

// user-assigned managed identity id-web
resource identity_id_web 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-web'
  location: 'japaneast'
  tags: {
    'made-by': 'workid'
  }
}

output identity_id_web_principal_id string = identity_id_web.properties.principalId
output identity_id_web_client_id string = identity_id_web.properties.clientId

// federated identity credential github
resource credential_a 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {
  parent: identity_id_web
  name: 'github'
  properties: {
    issuer: 'https://token.actions.githubusercontent.com'
    subject: 'repo:contoso/web:environment:production'
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}

// federated identity credential pipelines
resource credential_b 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {
  parent: identity_id_web
  name: 'pipelines'
  dependsOn: [
    credential_a
  ]
  properties: {
    issuer: connection_data_issuer
    subject: connection_data_subject
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}
