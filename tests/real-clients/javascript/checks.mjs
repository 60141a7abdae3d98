// The JavaScript SDKs: @azure/identity and the management libraries.

import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import {
  ClientAssertionCredential, ClientSecretCredential, DefaultAzureCredential, ManagedIdentityCredential,
  UsernamePasswordCredential, WorkloadIdentityCredential,
} from "@azure/identity";
import { ResourceManagementClient } from "@azure/arm-resources";
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ManagedServiceIdentityClient } from "@azure/arm-msi";

const TENANT = "3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10";
const SUBSCRIPTION = "5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683";
const OPERATOR = "43561dda-c123-5404-a302-867068e213f8";
const AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const ARM = "https://management.azure.com/.default";
const GITHUB = "https://token.actions.githubusercontent.com";
const MAIN = "repo:contoso/web:ref:refs/heads/main";
const CONTRIBUTOR = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`;
const GROUP = { location: "japaneast", tags: { a: "b" } };
const MFA = /RequestDisallowedByPolicy|AADSTS50076/;

function check(name, passed, why = "") {
  console.log(passed ? `ok ${name}` : `FAILED ${name}: ${String(why).slice(-1500)}`);
}

async function passes(name, work) {
  try {
    const result = await work();
    check(name, true);
    return result;
  } catch (error) {
    check(name, false, `${error.name}: ${error.message}`);
  }
}

async function fails(name, says, work) {
  try {
    await work();
    check(name, false, "it passed");
  } catch (error) {
    const text = `${error.name} ${error.code} ${error.message}`;
    check(name, says.test(text), text);
  }
}

// Nothing here is to be tried again: a refusal is what is looked for.
const options = { retryOptions: { maxRetries: 0 } };
const groups = (credential) => new ResourceManagementClient(credential, SUBSCRIPTION, options).resourceGroups;
const write = (credential, group = "rg-data") => groups(credential).createOrUpdate(group, GROUP);
const operator = () => new ClientSecretCredential(TENANT, OPERATOR, "canary-operator-4710");
const byPassword = (name, password) => new UsernamePasswordCredential(TENANT, AZURE_CLI, name, password);

async function users() {
  const owner = byPassword("svc-owner@contoso.com", "canary-owner-4714");
  const names = await passes("UsernamePasswordCredential lists groups", async () => {
    const names = [];
    for await (const group of groups(owner).list()) names.push(group.name);
    return names;
  });
  check("all groups are there", names?.includes("rg-data"), names);
  await fails("its write is refused", MFA, () => write(owner, "rg-mine"));
  await fails("its deletion is refused", MFA, () => groups(owner).beginDelete("rg-data"));
  const identities = new ManagedServiceIdentityClient(owner, SUBSCRIPTION, options).userAssignedIdentities;
  await fails("making an identity is refused", MFA, () => identities.createOrUpdate("rg-data", "id-mine", { location: "japaneast" }));
  await fails("a wrong password is refused", /AADSTS50126/, () => byPassword("svc-owner@contoso.com", "canary-wrong").getToken(ARM));
  await fails("whom Entra asks for MFA is refused", /AADSTS50076/, () => byPassword("ada@contoso.com", "canary-ada-4711").getToken(ARM));
}

async function workloads() {
  await passes("ClientSecretCredential writes", () => write(operator(), "rg-js"));
  await fails("a wrong secret is refused", /AADSTS7000215/, () => new ClientSecretCredential(TENANT, OPERATOR, "canary-wrong").getToken(ARM));
  const client = new ManagedServiceIdentityClient(operator(), SUBSCRIPTION, options);
  const made = await passes("makes an identity", () => client.userAssignedIdentities.createOrUpdate("rg-js", "id-js", { location: "japaneast" }));
  const trust = { issuer: GITHUB, subject: MAIN, audiences: ["api://AzureADTokenExchange"] };
  await passes("trusts a subject", () => client.federatedIdentityCredentials.createOrUpdate("rg-js", "id-js", "main", trust));
  const roles = new AuthorizationManagementClient(operator(), SUBSCRIPTION, options).roleAssignments;
  const scope = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-data`;
  const role = { roleDefinitionId: CONTRIBUTOR, principalId: made.principalId, principalType: "ServicePrincipal" };
  await passes("gives a role", () => roles.create(scope, randomUUID(), role));
  await fails("gives it once", /RoleAssignmentExists/, () => roles.create(scope, randomUUID(), role));
  const resources = new ResourceManagementClient(operator(), SUBSCRIPTION, options).resources;
  const vm = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs`;
  const identity = { type: "UserAssigned", userAssignedIdentities: { [made.id]: {} } };
  await passes("attaches it to a machine", () => resources.beginUpdateByIdAndWait(vm, "2024-07-01", { identity }));
  writeFileSync("notes.json", JSON.stringify({ id: made.id, client: made.clientId }));

  const token = readFileSync(process.env.AZURE_FEDERATED_TOKEN_FILE, "utf8");
  const job = new ClientAssertionCredential(TENANT, made.clientId, async () => token);
  await passes("ClientAssertionCredential writes", () => write(job));
  await fails("but not where it has no role", /AuthorizationFailed/, () => write(job, "rg-js"));
  await passes("WorkloadIdentityCredential writes", () => write(new WorkloadIdentityCredential({ clientId: made.clientId })));
  await fails("an application without trust is refused", /AADSTS70025/, () => new ClientAssertionCredential(TENANT, OPERATOR, async () => token).getToken(ARM));
}

async function machine() {
  const { id, client } = JSON.parse(readFileSync("notes.json", "utf8"));
  await passes("ManagedIdentityCredential takes the only identity", () => write(new ManagedIdentityCredential()));
  await passes("or the one that is named", () => write(new ManagedIdentityCredential({ clientId: client })));
  await passes("by its resource id, too", () => write(new ManagedIdentityCredential({ resourceId: id })));
  await passes("DefaultAzureCredential finds the machine's", () => write(new DefaultAzureCredential()));
}

await { users, workloads, machine }[process.argv[2]]();
