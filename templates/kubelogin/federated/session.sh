@@command@@ --login azurecli
