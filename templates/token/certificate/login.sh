az login --service-principal --username "@@client_id@@" --tenant "@@tenant_id@@" --certificate "$AZURE_CLIENT_CERTIFICATE_PATH" --output none
az account get-access-token --resource "@@resource@@" --query "{access_token: accessToken}" --output json
