resource vnet 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: 'vnet-shop'

  resource web 'subnets' = {
    name: 'web'
  }
}

resource nic 'Microsoft.Network/networkInterfaces@2024-01-01' = {
  name: 'nic-shop'
}
