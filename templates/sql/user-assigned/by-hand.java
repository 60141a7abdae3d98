call setAuthentication("ActiveDirectoryMSI") and setMSIClientId("@@client_id@@"), and give the data source neither user nor password
