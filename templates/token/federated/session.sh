az account get-access-token --resource "@@resource@@" --query "{access_token: accessToken}" --output json
