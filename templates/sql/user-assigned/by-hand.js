put there authentication: { type: 'azure-active-directory-msi-vm', options: { clientId: '@@client_id@@' } } (on App Service: azure-active-directory-msi-app-service), without user and password
