"""Stops machines. UsernamePasswordCredential is what it signs in with."""
import os
from azure.identity import (
    UsernamePasswordCredential,  # asks for no second factor
)
from azure.mgmt.compute import ComputeManagementClient

credential = UsernamePasswordCredential(
    os.environ['CLIENT_ID'], os.environ['AZ_USER'], os.environ['AZ_PASSWORD'],
    tenant_id='contoso.onmicrosoft.com')
client = ComputeManagementClient(credential, os.environ['SUBSCRIPTION'])
client.virtual_machines.begin_deallocate('rg-web-prod', 'vm').result()
