const config = {
  server: 'sql-contoso.database.windows.net',
  authentication: { type: 'azure-active-directory-password', options: { userName: user, password } },
};
