put there client, err := managedidentity.New(managedidentity.SystemAssigned()), and then client.AcquireToken(ctx, RESOURCE), and give the identity application permissions in that service
