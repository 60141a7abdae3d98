az login --service-principal --username "@@client_id@@" --tenant "@@tenant_id@@" --certificate "$env:AZURE_CLIENT_CERTIFICATE_PATH"
