@@command@@ --login msi
