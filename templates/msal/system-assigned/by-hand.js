put there new ManagedIdentityApplication().acquireToken({ resource: RESOURCE }), and give the identity application permissions in that service
