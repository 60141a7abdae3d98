import os

import msal
import requests

scopes = ['https://analysis.windows.net/powerbi/api/.default']

app = msal.PublicClientApplication(
    os.environ['CLIENT_ID'], authority='https://login.microsoftonline.com/contoso.onmicrosoft.com')
result = app.acquire_token_by_username_password(
    os.environ['AZ_USER'],
    os.environ['AZ_PASSWORD'],
    scopes=scopes,
)
if 'access_token' not in result:
    raise SystemExit(result.get('error_description'))
requests.post(
    'https://api.powerbi.com/v1.0/myorg/groups/g/datasets/d/refreshes',
    headers={'Authorization': f"Bearer {result['access_token']}"},
).raise_for_status()
