"""What the server reports."""
from __future__ import annotations

from azure.identity import UsernamePasswordCredential
from azure.mgmt.resource import ResourceManagementClient

credential = UsernamePasswordCredential(
    "c0ffee00-0000-4000-8000-000000000000", "svc-deploy@contoso.com", PASSWORD
)
ResourceManagementClient(credential, SUBSCRIPTION).resource_groups.list()
