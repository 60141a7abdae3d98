az login --service-principal --username "@@client_id@@" --tenant "@@tenant_id@@" --certificate "%AZURE_CLIENT_CERTIFICATE_PATH%"
