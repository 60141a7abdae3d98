"""A thousand role assignments over 50 identities, by workid and by the Azure CLI in a loop.

Each answer takes 200 ms, as Azure's do. The Azure CLI makes some of them, and is taken to need as long for each of
the rest.
"""

import json
import os
import pathlib
import shutil
import sys
import time

from checks import OPERATOR, OPERATOR_SECRET, SUBSCRIPTION, TENANT, TENANT_ID, Az, check, part, run

WORKID = os.environ["WORKID"]
GROUPS = ["rg-automation", "rg-data", "rg-identities", "rg-vms", "rg-web-prod"]
ROLES = {
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Website Contributor": "de139f84-1756-47ae-9be6-808fbbe84772",
    "Virtual Machine Contributor": "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
}
IDENTITIES = 50
BY_AZ = 8


def steps():
    for n in range(IDENTITIES):
        identity = f"identity.id-{n}"
        yield identity, [], {
            "type": "user-assigned-identity", "name": f"id-{n}", "location": "japaneast",
            "resource_group": f"{SUBSCRIPTION}/resourceGroups/rg-identities",
        }
        for group in GROUPS:
            for role, definition in ROLES.items():
                yield f"role.{n}.{group}.{definition}", [identity], {
                    "type": "role-assignment", "identity": identity, "role": role,
                    "scope": f"{SUBSCRIPTION}/resourceGroups/{group}",
                    "role_definition": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{definition}",
                }


def slow():
    """The tenant that the suite starts keeps a file; one that keeps none is not slow by itself."""
    ran = run(WORKID, "sandbox", "run", "--delay", "200", "--", sys.executable, __file__, "measured", limit=600)
    print(ran.all)


def measured():
    shutil.copytree(pathlib.Path(os.environ["WORKID_EXAMPLES"]) / "contoso-web", "repository")
    operator = {"AZURE_TENANT_ID": TENANT_ID, "AZURE_CLIENT_ID": OPERATOR, "AZURE_CLIENT_SECRET": OPERATOR_SECRET}
    ran = run(WORKID, "plan", "repository", "--credential", "environment", **operator)
    plan = json.loads(pathlib.Path("workid.plan.json").read_text(encoding="utf-8"))
    plan["steps"] = [
        {"address": address, "resource": resource, "action": "create", "after": after}
        for address, after, resource in steps()
    ]
    pathlib.Path("workid.plan.json").write_text(json.dumps(plan), encoding="utf-8")
    began = time.monotonic()
    ran = run(WORKID, "apply", "workid.plan.json", "--yes", "--credential", "environment", limit=600, **operator)
    ours = time.monotonic() - began
    made = ran.all.count("made          role assignment")
    check("workid makes a thousand role assignments", ran.code == 0 and made == 1000, f"{made}: {ran.all}")

    az = Az()
    az.passes("the Azure CLI signs in", "login", "--service-principal", "-u", OPERATOR,
              f"--password={OPERATOR_SECRET}", "--tenant", TENANT)
    principal = az.passes("it makes an identity", "identity", "create", "-n", "id-az", "-g", "rg-identities",
                          "-l", "japaneast", "-o", "json").json()["principalId"]
    began = time.monotonic()
    for n in range(BY_AZ):
        az.passes(f"it makes role assignment {n + 1}", "role", "assignment", "create",
                  "--assignee-object-id", principal, "--assignee-principal-type", "ServicePrincipal",
                  "--role", list(ROLES)[n % 4], "--scope", f"{SUBSCRIPTION}/resourceGroups/{GROUPS[n // 4]}")
    each = (time.monotonic() - began) / BY_AZ
    ratio = 1000 * each / ours
    check(f"workid takes {ours:.0f} s, the Azure CLI {each:.2f} s for each: {ratio:.0f} times less", ratio >= 20, ratio)


part(slow=slow, measured=measured)
