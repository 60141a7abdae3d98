"$(buildkite-agent oidc request-token --audience api://AzureADTokenExchange --subject-claim pipeline_id)"
