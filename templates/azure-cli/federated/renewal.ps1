az login --service-principal --username "@@client_id@@" --tenant "@@tenant_id@@" --federated-token @@fresh_token@@ --output none
