"""The Python SDKs: azure-identity, MSAL, the management libraries and Microsoft Graph's."""

import asyncio
import datetime
import json
import os
import pathlib
import threading
import uuid

import msal
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    DeviceCodeCredential,
    ManagedIdentityCredential,
    UsernamePasswordCredential,
    WorkloadIdentityCredential,
)
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource.resources import ResourceManagementClient

from checks import EXCHANGE, GITHUB, MAIN, MFA, OPERATOR, OPERATOR_SECRET, SUBSCRIPTION, TENANT_ID, check, part, run

SUBSCRIPTION_ID = SUBSCRIPTION.rsplit("/", 1)[1]
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
ARM = "https://management.azure.com/.default"
GROUP = {"location": "japaneast", "tags": {"a": "b"}}
READER = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
CONTRIBUTOR = READER.replace("acdd72a7-3385-48ef-bd42-f606fba81ae7", "b24988ac-6180-42a0-ab88-20f7382dd24c")
NOTES = pathlib.Path("notes.json")


def passes(name, work):
    try:
        result = work()
    except Exception as error:  # whatever it is, the check has failed
        check(name, False, f"{type(error).__name__}: {error}")
        return None
    check(name, True)
    return result


def fails(name, says, work):
    says = (says,) if isinstance(says, str) else says
    try:
        work()
    except Exception as error:
        # What the service said may be behind what the library says.
        text = f"{error} {error.__cause__}"
        check(name, any(it in text for it in says), f"{type(error).__name__}: {text}")
        return error
    check(name, False, "it passed")
    return None


def resources(credential):
    return ResourceManagementClient(credential, SUBSCRIPTION_ID, retry_total=0).resource_groups


def operator():
    return ClientSecretCredential(TENANT_ID, OPERATOR, OPERATOR_SECRET)


def by_password(name, password):
    return UsernamePasswordCredential(AZURE_CLI, name, password, tenant_id=TENANT_ID)


def users():
    owner = by_password("svc-owner@contoso.com", "canary-owner-4714")
    groups = resources(owner)
    names = passes("UsernamePasswordCredential lists groups", lambda: [it.name for it in groups.list()])
    check("all groups are there", names and "rg-data" in names, names)
    error = fails("its write is refused", MFA, lambda: groups.create_or_update("rg-mine", GROUP))
    check("as an authentication error", isinstance(error, ClientAuthenticationError), error)
    fails("its change is refused", MFA, lambda: groups.update("rg-data", {"tags": {"a": "b"}}))
    fails("its deletion is refused", MFA, lambda: groups.begin_delete("rg-data"))
    identities = ManagedServiceIdentityClient(owner, SUBSCRIPTION_ID)
    fails("making an identity is refused", MFA, lambda: identities.user_assigned_identities.create_or_update(
        "rg-data", "id-mine", {"location": "japaneast"}))
    roles = AuthorizationManagementClient(owner, SUBSCRIPTION_ID).role_assignments
    fails("giving a role is refused", MFA, lambda: roles.create(SUBSCRIPTION, str(uuid.uuid4()), {
        "role_definition_id": READER, "principal_id": OPERATOR, "principal_type": "ServicePrincipal"}))
    fails("a wrong password is refused", "AADSTS50126",
          lambda: by_password("svc-owner@contoso.com", "canary-wrong").get_token(ARM))
    fails("whom Entra asks for MFA is refused", "AADSTS50076",
          lambda: by_password("ada@contoso.com", "canary-ada-4711").get_token(ARM))
    environment()
    with_msal()
    ada = DeviceCodeCredential(AZURE_CLI, tenant_id=TENANT_ID, prompt_callback=lambda *_: None)
    passes("DeviceCodeCredential writes, with MFA", lambda: resources(ada).create_or_update("rg-mfa", GROUP))


def environment():
    """A user's password in the environment, as `.env` files have it."""
    os.environ.update(AZURE_CLIENT_ID=AZURE_CLI, AZURE_USERNAME="svc-owner@contoso.com", AZURE_PASSWORD="canary-owner-4714")
    default = DefaultAzureCredential()
    passes("DefaultAzureCredential takes a user from the environment", lambda: list(resources(default).list()))
    fails("and that user's write is refused", MFA, lambda: resources(default).create_or_update("rg-mine", GROUP))
    for name in ("AZURE_CLIENT_ID", "AZURE_USERNAME", "AZURE_PASSWORD"):
        del os.environ[name]


def with_msal():
    authority = f"https://login.microsoftonline.com/{TENANT_ID}"
    app = msal.PublicClientApplication(AZURE_CLI, authority=authority)
    ask = app.acquire_token_by_username_password
    got = ask("svc-owner@contoso.com", "canary-owner-4714", [ARM])
    check("MSAL gets a token for a user", "access_token" in got, got.get("error_description"))
    check("and knows the user by the id token", got["id_token_claims"]["preferred_username"] == "svc-owner@contoso.com")
    challenge = json.dumps({"access_token": {"acrs": {"essential": True, "values": ["p1"]}}})
    got = ask("svc-owner@contoso.com", "canary-owner-4714", [ARM], claims_challenge=challenge)
    check("a claims challenge asks for MFA", 50076 in got.get("error_codes", []), got.get("error"))
    app = msal.ConfidentialClientApplication(OPERATOR, authority=authority, client_credential=OPERATOR_SECRET)
    got = app.acquire_token_for_client([ARM])
    check("MSAL gets a token for an application", "access_token" in got, got.get("error_description"))


def workloads():
    groups = resources(operator())
    passes("ClientSecretCredential writes", lambda: groups.create_or_update("rg-py", GROUP))
    fails("a wrong secret is refused", "AADSTS7000215",
          lambda: ClientSecretCredential(TENANT_ID, OPERATOR, "canary-wrong").get_token(ARM))
    fails("an unknown application is refused", "AADSTS700016",
          lambda: ClientSecretCredential(TENANT_ID, str(uuid.uuid4()), "canary-wrong").get_token(ARM))
    client = managed()
    federated(client)
    asyncio.run(graph())
    limits()


def managed():
    identities = ManagedServiceIdentityClient(operator(), SUBSCRIPTION_ID)
    made = passes("makes an identity", lambda: identities.user_assigned_identities.create_or_update(
        "rg-py", "id-py", {"location": "japaneast"}))
    trust = {"issuer": GITHUB, "subject": MAIN, "audiences": [EXCHANGE]}
    passes("trusts a subject", lambda: identities.federated_identity_credentials.create_or_update(
        "rg-py", "id-py", "main", {"properties": trust}))
    roles = AuthorizationManagementClient(operator(), SUBSCRIPTION_ID).role_assignments
    scope = f"{SUBSCRIPTION}/resourceGroups/rg-data"
    role = {"role_definition_id": CONTRIBUTOR, "principal_id": made.principal_id, "principal_type": "ServicePrincipal"}
    passes("gives a role", lambda: roles.create(scope, str(uuid.uuid4()), role))
    error = fails("gives it once", "RoleAssignmentExists", lambda: roles.create(scope, str(uuid.uuid4()), role))
    check("which is a conflict", getattr(error, "status_code", 0) == 409, error)
    listed = passes("lists roles", lambda: list(roles.list_for_scope(scope, filter=f"assignedTo('{made.principal_id}')")))
    check("the role is there", listed and len(listed) == 1, listed)
    for kind, version in [("rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs", "2024-07-01"),
                          ("rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web", "2024-04-01")]:
        body = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {made.id: {}}}}
        client = ResourceManagementClient(operator(), SUBSCRIPTION_ID).resources
        passes(f"attaches it to {kind.rsplit('/', 1)[1]}", lambda kind=kind, version=version, body=body: client
               .begin_update_by_id(f"{SUBSCRIPTION}/resourceGroups/{kind}", body, api_version=version).result())
    NOTES.write_text(json.dumps({"id": made.id, "client": made.client_id}), encoding="utf-8")
    return made.client_id


def federated(client):
    token = pathlib.Path(os.environ["AZURE_FEDERATED_TOKEN_FILE"]).read_text(encoding="utf-8")
    job = ClientAssertionCredential(TENANT_ID, client, lambda: token)
    passes("ClientAssertionCredential writes", lambda: resources(job).create_or_update("rg-data", GROUP))
    fails("but not where it has no role", "AuthorizationFailed", lambda: resources(job).create_or_update("rg-py", GROUP))
    file = WorkloadIdentityCredential(client_id=client)
    passes("WorkloadIdentityCredential writes", lambda: resources(file).create_or_update("rg-data", GROUP))
    default = DefaultAzureCredential(workload_identity_client_id=client)
    passes("DefaultAzureCredential finds the token's file", lambda: resources(default).create_or_update("rg-data", GROUP))
    fails("another token is refused", "AADSTS50027",
          lambda: ClientAssertionCredential(TENANT_ID, client, lambda: "no.token").get_token(ARM))
    fails("an application without trust is refused", "AADSTS70025",
          lambda: ClientAssertionCredential(TENANT_ID, OPERATOR, lambda: token).get_token(ARM))


async def graph():
    """Applications by msgraph-sdk, and a certificate of one's own."""
    from msgraph import GraphServiceClient
    from msgraph.generated.models.application import Application
    from msgraph.generated.models.federated_identity_credential import FederatedIdentityCredential
    from msgraph.generated.models.key_credential import KeyCredential
    from msgraph.generated.models.service_principal import ServicePrincipal

    made = run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=py", "-days", "30",
               "-keyout", "key.pem", "-out", "certificate.pem")
    check("openssl makes a certificate", made.code == 0, made.all)
    der = run("openssl", "x509", "-in", "certificate.pem", "-outform", "der", "-out", "certificate.der")
    check("in both forms", der.code == 0, der.all)
    client = GraphServiceClient(operator())
    key = KeyCredential(type="AsymmetricX509Cert", usage="Verify", key=pathlib.Path("certificate.der").read_bytes(),
                        end_date_time=datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc))
    app = await client.applications.post(Application(display_name="app-py", key_credentials=[key]))
    check("makes an application", app.app_id is not None, app)
    principal = await client.service_principals.post(ServicePrincipal(app_id=app.app_id))
    check("makes its service principal", principal.app_id == app.app_id, principal)
    await client.applications.by_application_id(app.id).federated_identity_credentials.post(
        FederatedIdentityCredential(name="main", issuer=GITHUB, subject=MAIN, audiences=[EXCHANGE]))
    listed = await client.applications.by_application_id(app.id).federated_identity_credentials.get()
    check("its federated credential is there", [it.subject for it in listed.value] == [MAIN], listed)

    pathlib.Path("both.pem").write_bytes(pathlib.Path("key.pem").read_bytes() + pathlib.Path("certificate.pem").read_bytes())
    right = CertificateCredential(TENANT_ID, app.app_id, "both.pem")
    passes("CertificateCredential signs in", lambda: right.get_token(ARM))
    fails("without a role it writes nothing", "AuthorizationFailed",
          lambda: resources(right).create_or_update("rg-py", GROUP))
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=py", "-keyout", "k2.pem", "-out", "c2.pem")
    pathlib.Path("other.pem").write_bytes(pathlib.Path("k2.pem").read_bytes() + pathlib.Path("c2.pem").read_bytes())
    fails("another certificate is refused", "AADSTS700027",
          lambda: CertificateCredential(TENANT_ID, app.app_id, "other.pem").get_token(ARM))


def limits():
    identities = ManagedServiceIdentityClient(operator(), SUBSCRIPTION_ID)
    identities.user_assigned_identities.create_or_update("rg-py", "id-full", {"location": "japaneast"})

    def add(number):
        trust = {"issuer": GITHUB, "subject": f"repo:contoso/web:ref:refs/heads/{number}", "audiences": [EXCHANGE]}
        identities.federated_identity_credentials.create_or_update("rg-py", "id-full", f"c{number:02}", {"properties": trust})

    passes("an identity has twenty credentials", lambda: [add(number) for number in range(20)])
    fails("and not one more", "20", lambda: add(20))


def machine():
    notes = json.loads(NOTES.read_text(encoding="utf-8"))
    only = ManagedIdentityCredential()
    passes("ManagedIdentityCredential takes the only identity", lambda: resources(only).create_or_update("rg-data", GROUP))
    named = ManagedIdentityCredential(client_id=notes["client"])
    passes("or the one that is named", lambda: resources(named).create_or_update("rg-data", GROUP))
    by_id = ManagedIdentityCredential(identity_config={"resource_id": notes["id"]})
    passes("by its resource id, too", lambda: by_id.get_token(ARM))
    fails("but none that is not attached", ("Identity not found", "not found"),
          lambda: ManagedIdentityCredential(client_id=str(uuid.uuid4())).get_token(ARM))
    passes("DefaultAzureCredential finds the machine's", lambda: resources(DefaultAzureCredential()).create_or_update("rg-data", GROUP))


def app_service():
    notes = json.loads(NOTES.read_text(encoding="utf-8"))
    named = ManagedIdentityCredential(client_id=notes["client"])
    passes("App Service's endpoint is found", lambda: resources(named).create_or_update("rg-data", GROUP))
    os.environ["IDENTITY_HEADER"] = "guessed"
    fails("its header is asked for", ("X-IDENTITY-HEADER", "401", "Unauthorized"),
          lambda: ManagedIdentityCredential(client_id=notes["client"]).get_token(ARM))


def pace():
    """A tenant that throttles, replicates late, and has its time."""
    patient = ResourceManagementClient(operator(), SUBSCRIPTION_ID).resource_groups
    passes("the SDK waits when it is throttled", lambda: [patient.get("rg-data") for _ in range(30)])
    identities = ManagedServiceIdentityClient(operator(), SUBSCRIPTION_ID)
    made = identities.user_assigned_identities.create_or_update("rg-data", "id-new", {"location": "japaneast"})
    roles = AuthorizationManagementClient(operator(), SUBSCRIPTION_ID).role_assignments
    role = {"role_definition_id": READER, "principal_id": made.principal_id, "principal_type": "ServicePrincipal"}
    give = lambda: roles.create(SUBSCRIPTION, "00000000-0000-4000-8000-00000000000a", role)
    fails("a new principal is not known yet", "PrincipalNotFound", give)
    threading.Event().wait(2.2)
    passes("and later it is", give)
    answers = []

    def add(number):
        trust = {"issuer": GITHUB, "subject": f"subject {number}", "audiences": [EXCHANGE]}
        once = ManagedServiceIdentityClient(operator(), SUBSCRIPTION_ID, retry_total=0)
        try:
            once.federated_identity_credentials.create_or_update("rg-data", "id-new", f"c{number:02}", {"properties": trust})
            answers.append(201)
        except HttpResponseError as error:
            answers.append(error.status_code)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    [it.start() for it in threads]
    [it.join() for it in threads]
    check("two do not write one identity's credentials at once", 409 in answers and 201 in answers, answers)


part(users=users, workloads=workloads, machine=machine, app_service=app_service, pace=pace)
