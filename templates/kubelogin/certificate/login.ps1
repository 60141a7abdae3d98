@@command@@ --login spn --client-id "@@client_id@@" --tenant-id "@@tenant_id@@" --client-certificate "$env:AZURE_CLIENT_CERTIFICATE_PATH"
