"""The Azure CLI, signed in as users: what they read works, what they write is refused until they do MFA."""

from checks import MFA, SUBSCRIPTION, TENANT, Az, check, part

USER, PASSWORD = "svc-deploy@contoso.com", "canary-deploy-4713"
CHALLENGE = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19"


def users():
    refused_sign_ins()
    user = Az()
    user.passes("signs in with user name and password", "login", "-u", USER, "-p", PASSWORD, "-o", "none")
    account = user.passes("shows the account", "account", "show").json()
    check("the account is the user's", account["user"] == {"name": USER, "type": "user"}, account)
    groups = user.passes("lists groups", "group", "list", "--query", "[].name").json()
    check("all groups are there", "rg-web-prod" in groups, groups)
    user.passes("lists role assignments", "role", "assignment", "list", "--all", "-o", "none")
    refused_writes(user)
    exists = user.passes("asks for a group", "group", "exists", "-n", "rg-mine")
    check("nothing was made", exists.out == "false", exists.out)
    user.fails("no other host is reached", ("403", "ProxyError", "Tunnel"),
               "rest", "--url", "https://example.com/", "--skip-authorization-header")
    with_mfa()


def refused_sign_ins():
    for name, says, words in [
        ("a wrong password is refused", "AADSTS50126", ["-u", USER, "-p", "canary-wrong"]),
        ("an unknown user is refused", "AADSTS50034", ["-u", "nobody@contoso.com", "-p", "canary-wrong"]),
        ("whom Entra asks for MFA is refused", "AADSTS50076", ["-u", "ada@contoso.com", "-p", "canary-ada-4711"]),
        ("an unknown tenant is refused", "AADSTS90002", ["-u", USER, "-p", PASSWORD, "--tenant", "fabrikam.com"]),
    ]:
        Az().fails(name, says, "login", *words)


def refused_writes(user):
    group = user.fails("making a group is refused", MFA, "group", "create", "-n", "rg-mine", "-l", "japaneast")
    check("the refusal shows how to sign in with MFA", CHALLENGE in group.err and "az login" in group.err, group.err)
    site = ["-g", "rg-web-prod", "-n", "app-contoso-web"]
    vm = f"{SUBSCRIPTION}/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs"
    for name, words in [
        ("deleting a group", ["group", "delete", "-n", "rg-data", "--yes"]),
        ("changing a group", ["group", "update", "-n", "rg-data", "--set", "tags.a=b"]),
        ("making an identity", ["identity", "create", "-g", "rg-data", "-n", "id-mine"]),
        ("giving a role", ["role", "assignment", "create", "--assignee", USER, "--role", "Reader", "--scope", SUBSCRIPTION]),
        ("making a storage account", ["storage", "account", "create", "-g", "rg-data", "-n", "stmine", "-l", "japaneast"]),
        ("changing an app's settings", ["webapp", "config", "appsettings", "set", *site, "--settings", "A=b"]),
        ("patching a machine", ["rest", "--method", "patch", "--url", f"{vm}?api-version=2024-07-01", "--body", "{}"]),
    ]:
        # An owner may give roles: it is MFA that is in the way, not the lack of a right.
        if name == "giving a role":
            owner = Az()
            owner("login", "-u", "svc-owner@contoso.com", "-p", "canary-owner-4714", "-o", "none")
            owner.fails(f"{name} is refused", MFA, *words)
        else:
            user.fails(f"{name} is refused", MFA, *words)


def with_mfa():
    ada = Az()
    ada.passes("signs in with a device code", "login", "--use-device-code", "--tenant", TENANT, "-o", "none")
    ada.passes("with MFA a user makes a group", "group", "create", "-n", "rg-mfa", "-l", "japaneast", "-o", "none")
    ada.passes("and deletes it", "group", "delete", "-n", "rg-mfa", "--yes")


part(all=users)
