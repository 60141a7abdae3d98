resource zone 'Microsoft.Resources/deploymentScripts@2023-08-01' = {
  name: 'zone'
  location: resourceGroup().location
  kind: 'AzureCLI'
  properties: {
    azCliVersion: '2.76.0'
    scriptContent: loadTextContent('zone.sh')
    retentionInterval: 'P1D'
  }
}
