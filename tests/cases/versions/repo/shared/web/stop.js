const { UsernamePasswordCredential } = require('@azure/identity');
const { ComputeManagementClient } = require('@azure/arm-compute');

const credential = new UsernamePasswordCredential(process.env.TENANT, process.env.CLIENT, process.env.AZ_USER, process.env.AZ_PASSWORD);
new ComputeManagementClient(credential, process.env.SUBSCRIPTION).virtualMachines.beginDeallocate('rg-web-prod', 'vm');
