"$(aws sts get-web-identity-token --audience api://AzureADTokenExchange --signing-algorithm RS256 --query WebIdentityToken --output text)"
