az account set --subscription @@subscription@@
