"""Tags what the night shift may stop."""

import os

from azure.identity import UsernamePasswordCredential
from azure.mgmt.resource.resources import ResourceManagementClient

credential = UsernamePasswordCredential(
    client_id="04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    username=os.environ["AZURE_USER"],
    password=os.environ["AZURE_PASSWORD"],
    tenant_id="3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10",
)
client = ResourceManagementClient(credential, "5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683")
client.resource_groups.update("rg-vms", {"tags": {"night": "stop"}})
