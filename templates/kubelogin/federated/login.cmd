@@command@@ --login @@kubelogin@@ --client-id "@@client_id@@" --tenant-id "@@tenant_id@@"
