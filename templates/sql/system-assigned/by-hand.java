call setAuthentication("ActiveDirectoryMSI"), and give the data source neither user nor password
