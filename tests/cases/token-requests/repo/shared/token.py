import msal

app = msal.PublicClientApplication("app", authority="https://login.microsoftonline.com/contoso.onmicrosoft.com")
result = app.acquire_token_by_username_password(user, password, scopes=["https://management.azure.com/.default"])
