#!/bin/bash
az login -u svc-deploy@contoso.com -p "$PASSWORD" --query "[].id" -o tsv || exit 1
az rest --method patch --output none \
  --url "https://management.azure.com/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs?api-version=2024-07-01" \
  --body '{"tags": {"patched": "yes"}}'
