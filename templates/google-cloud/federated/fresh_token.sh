"$(gcloud auth print-identity-token --audiences=api://AzureADTokenExchange)"
