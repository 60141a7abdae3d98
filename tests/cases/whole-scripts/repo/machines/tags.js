// Tags the group of the machines.
const { UsernamePasswordCredential } = require("@azure/identity");
const { ResourceManagementClient } = require("@azure/arm-resources");

const credential = new UsernamePasswordCredential(
  "3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10",
  "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
  process.env.AZURE_USER,
  process.env.AZURE_PASSWORD,
);
const client = new ResourceManagementClient(credential, "5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683");
client.resourceGroups.update("rg-vms", { tags: { owner: "shop" } }).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
