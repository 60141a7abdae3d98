"""The Azure CLI: an administrator makes workload identities, and then signs in as each of them."""

import base64
import json
import os

from checks import EXCHANGE, GITHUB, MAIN, SUBSCRIPTION, TENANT, Az, check, part

GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-ci"
VM = f"{SUBSCRIPTION}/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs"
SITE = f"{SUBSCRIPTION}/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web"
# Parts run one after another in one folder, and leave each other notes.
NOTES = "notes.json"


def set_up():
    ada = Az()
    ada("login", "--use-device-code", "-o", "none")
    ada("group", "create", "-n", "rg-ci", "-l", "japaneast", "-o", "none")
    notes = managed(ada)
    applications(ada, notes)
    with open(NOTES, "w", encoding="utf-8") as file:
        json.dump(notes, file)
    federated(notes)
    secret_and_certificate(ada, notes)


def managed(ada):
    """A user-assigned identity with a federated credential and a role."""
    made = ada.passes("makes an identity", "identity", "create", "-g", "rg-ci", "-n", "id-ci").json()
    credential = ["--identity-name", "id-ci", "-g", "rg-ci", "--issuer", GITHUB, "--audiences", EXCHANGE]
    federate = ["identity", "federated-credential"]
    ada.passes("makes a federated credential", *federate, "create", "-n", "main", *credential, "--subject", MAIN)
    ada.fails("one subject has one credential", "already exists",
              *federate, "create", "-n", "again", *credential, "--subject", MAIN)
    listed = ada.passes("lists federated credentials", *federate, "list", "--identity-name", "id-ci", "-g", "rg-ci").json()
    check("the credential is as it was made", [it["subject"] for it in listed] == [MAIN], listed)
    give = ["role", "assignment", "create", "--role", "Contributor", "--scope", GROUP]
    by_id = ["--assignee-object-id", made["principalId"], "--assignee-principal-type", "ServicePrincipal"]
    first = ada.passes("gives a role", *give, *by_id).json()
    again = ada.passes("gives it again, which changes nothing", *give, "--assignee", made["clientId"]).json()
    check("there is one assignment", first["name"] == again["name"], (first, again))
    roles = ada.passes("lists roles", "role", "assignment", "list", "--assignee", made["clientId"], "--all").json()
    check("the role is there", [it["roleDefinitionName"] for it in roles] == ["Contributor"], roles)
    ada.fails("an unknown principal gets no role", "PrincipalNotFound", *give, "--assignee-object-id",
              "00000000-0000-4000-8000-000000000001", "--assignee-principal-type", "ServicePrincipal")
    body = {"identity": {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {made["id"]: {}}}}
    for name, resource, version, identity in [
        ("a machine", VM, "2024-07-01", body["identity"]),
        ("an app", SITE, "2024-04-01", {**body["identity"], "type": "UserAssigned"}),
    ]:
        given = ada.passes(f"gives {name} an identity", "rest", "--method", "patch", "--url",
                   f"{resource}?api-version={version}", "--body", json.dumps({"identity": identity})).json()
        if own := given["identity"].get("principalId"):
            ada.passes(f"gives {name}'s own identity a role", "role", "assignment", "create", "--role", "Reader",
                       "--scope", VM.split("/providers/")[0], "--assignee-object-id", own,
                       "--assignee-principal-type", "ServicePrincipal", "-o", "none")
    return {"id": made["id"], "client": made["clientId"]}


def applications(ada, notes):
    app = ada.passes("makes an application", "ad", "app", "create", "--display-name", "app-ci").json()
    ada.passes("makes its service principal", "ad", "sp", "create", "--id", app["appId"], "-o", "none")
    parameters = {"name": "main", "issuer": GITHUB, "subject": MAIN, "audiences": [EXCHANGE]}
    ada.passes("trusts a subject", "ad", "app", "federated-credential", "create", "--id", app["appId"],
               "--parameters", json.dumps(parameters), "-o", "none")
    ada.passes("gives the application a role", "role", "assignment", "create", "--role", "Reader", "--assignee",
               app["appId"], "--scope", GROUP, "-o", "none")
    reset = ada.passes("makes a secret", "ad", "app", "credential", "reset", "--id", app["appId"]).json()
    notes.update(app=app["appId"], secret=reset["password"])


def federated(notes):
    with open(os.environ["AZURE_FEDERATED_TOKEN_FILE"], encoding="utf-8") as file:
        token = file.read()
    workload = Az()
    workload.passes("signs in with a federated token", *service_principal(notes["client"], "--federated-token", token))
    workload.passes("a workload's write passes", *tag("rg-ci"))
    workload.fails("but not where it has no role", "AuthorizationFailed", *tag("rg-data"))
    workload.fails("nor may it give roles", "AuthorizationFailed", "role", "assignment", "create", "--role", "Reader",
                   "--assignee-object-id", notes["client"], "--assignee-principal-type", "ServicePrincipal", "--scope", GROUP)
    Az().passes("an application does so, too", *service_principal(notes["app"], "--federated-token", token))
    header, claims, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps({**said, "jti": "forged"}).encode()).decode().rstrip("=")
    Az().fails("a forged token is refused", "AADSTS700027",
               *service_principal(notes["client"], "--federated-token", ".".join([header, forged, signature])))


def secret_and_certificate(ada, notes):
    Az().passes("signs in with a secret", *service_principal(notes["app"], "-p", notes["secret"]))
    Az().fails("a wrong secret is refused", "AADSTS7000215", *service_principal(notes["app"], "-p", "canary-wrong"))
    Az().fails("an unknown application is refused", "AADSTS700016",
               *service_principal("00000000-0000-4000-8000-000000000002", "-p", "canary-wrong"))
    reader = ada.passes("makes a reader with a secret", "ad", "sp", "create-for-rbac", "-n", "sp-reader",
                        "--role", "Reader", "--scopes", SUBSCRIPTION).json()
    session = Az()
    session("login", "--service-principal", "-u", reader["appId"], "-p", reader["password"], "--tenant", TENANT)
    session.passes("a reader reads", "group", "show", "-n", "rg-ci", "-o", "none")
    session.fails("a reader's write is refused for want of a role", "AuthorizationFailed", *tag("rg-ci"))
    made = [
        ada.passes(f"makes {name} with a certificate", "ad", "sp", "create-for-rbac", "-n", name, "--create-cert",
                   "--role", "Contributor", "--scopes", GROUP).json()
        for name in ("sp-certificate", "sp-other")
    ]
    file = made[0]["fileWithCertAndPrivateKey"]
    session = Az()
    session.passes("signs in with a certificate", *service_principal(made[0]["appId"], "--certificate", file))
    session.passes("and writes", *tag("rg-ci"))
    Az().fails("another's certificate is refused", "AADSTS700027",
               *service_principal(made[1]["appId"], "--certificate", file))


def other_job():
    refused_token("AADSTS700213")


def other_issuer():
    refused_token("AADSTS700211")


def refused_token(code):
    with open(os.environ["AZURE_FEDERATED_TOKEN_FILE"], encoding="utf-8") as file:
        token = file.read()
    Az().fails("its token is refused", code, *service_principal(read_notes()["client"], "--federated-token", token))


def machine():
    notes = read_notes()
    own = Az()
    own.passes("signs in as the machine", "login", "--identity", "-o", "none")
    own.fails("which may only read", "AuthorizationFailed", *tag("rg-vms"))
    managed_identity(notes)
    by_resource = Az()
    by_resource.passes("signs in by the identity's resource id", "login", "--identity", "--resource-id", notes["id"], "-o", "none")


def app_service():
    managed_identity(read_notes())


def managed_identity(notes):
    shared = Az()
    shared.passes("signs in by a client id", "login", "--identity", "--client-id", notes["client"], "-o", "none")
    shared.passes("a managed identity's write passes", *tag("rg-ci"))
    Az().fails("an identity that is not attached is refused", ("not found", "Not Found", "400", "invalid_request"),
               "login", "--identity", "--client-id", notes["app"])


def tag(group):
    return ["group", "update", "-n", group, "--set", "tags.a=b", "-o", "none"]


def service_principal(client, *credential):
    return ["login", "--service-principal", "-u", client, *credential, "--tenant", TENANT, "-o", "none"]


def read_notes():
    with open(NOTES, encoding="utf-8") as file:
        return json.load(file)


part(set_up=set_up, other_job=other_job, other_issuer=other_issuer, machine=machine, app_service=app_service)
