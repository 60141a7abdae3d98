az account show > /dev/null || az login
az group create --name rg-odds --location japaneast
