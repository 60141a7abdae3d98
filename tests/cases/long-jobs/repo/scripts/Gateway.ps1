$credential = New-Object PSCredential($env:AZ_USER, (ConvertTo-SecureString $env:AZ_PASSWORD -AsPlainText -Force))
Connect-AzAccount -Credential $credential | Out-Null
New-AzVirtualNetworkGateway -Name gw -ResourceGroupName rg-web-prod -Location japaneast -GatewayType Vpn
New-AzVirtualNetworkGatewayConnection -Name to-office -ResourceGroupName rg-web-prod -Location japaneast -ConnectionType IPsec
