@@command@@ --login msi --client-id "@@client_id@@"
