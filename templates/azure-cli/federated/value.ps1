az account list
