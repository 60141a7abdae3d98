@@command@@ --login spn --client-id "@@client_id@@" --tenant-id "@@tenant_id@@" --client-certificate "$AZURE_CLIENT_CERTIFICATE_PATH"
