"""The example of the README: its script as it was, and as workid rewrote it."""

import os
import pathlib
import re
import shutil

from checks import MFA, check, part, run

EXAMPLE = pathlib.Path(os.environ["WORKID_EXAMPLES"]) / "contoso-web"
WORKID = os.environ["WORKID"]
PRODUCTION = "repo:contoso/web:environment:production"

# What the step `azure/login` does in the workflow.
SIGN_IN = """
set -euo pipefail
token=$(curl --silent "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange" \
  -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" | sed 's/.*"value":"\\([^"]*\\)".*/\\1/')
az login --service-principal -u "$CLIENT_ID" --federated-token "$token" --tenant "$TENANT" --output none
scripts/deploy.sh site.zip
"""


def before_and_after():
    repository = pathlib.Path("repository")
    shutil.copytree(EXAMPLE, repository)
    (repository / "site.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    path = os.path.join(os.environ["WORKID_CLIENT"], "bin") + os.pathsep + os.environ["PATH"]
    user = {"DEPLOY_USER": "svc-deploy@contoso.com", "DEPLOY_PASSWORD": "canary-deploy-4713"}

    ran, log = deploy([], ["scripts/deploy.sh", "site.zip"], PATH=path, **user)
    check("as it was, the script fails for want of MFA", ran.code != 0 and any(it in ran.all for it in MFA), ran.all)
    check("after it has signed in", re.search(r"^200 POST login\S+/token svc-deploy@contoso.com$", log, re.M), log)
    check("and nothing was written", not re.search(r"^20. (PUT|DELETE|POST app-)", log, re.M), log)

    migrated = run(WORKID, "migrate", repository, "--sandbox", "--sandbox-state", "example.json", "--write", "--yes")
    check("workid migrates it", migrated.code in (0, 3), migrated.all)
    workflow = (repository / ".github/workflows/deploy.yml").read_text(encoding="utf-8")
    client = re.search(r"client-id: (\S+)", workflow)
    tenant = re.search(r"tenant-id: (\S+)", workflow)
    check("the workflow signs in as an identity", client and tenant, workflow)
    names = {"CLIENT_ID": client[1], "TENANT": tenant[1]}

    ran, log = deploy(["--subject", PRODUCTION], ["bash", "-c", SIGN_IN], PATH=path, **names)
    check("as it is now, the script passes", ran.code == 0, ran.all)
    for what in ["PUT management.azure.com/.*/config/appsettings", "POST app-contoso-web.scm.*/api/publish",
                 "POST management.azure.com/.*/restart"]:
        check(f"the identity did {what}", re.search(rf"^200 {what} id-web-production$", log, re.M), log)
    check("nothing was done as a user", "@contoso.com" not in log, log)

    ran, log = deploy(["--subject", "repo:contoso/web:ref:refs/heads/main"], ["bash", "-c", SIGN_IN], PATH=path, **names)
    check("another job of the repository may not", ran.code != 0 and "AADSTS700213" in ran.all, ran.all)


def deploy(options, command, **environment):
    ran = run("env", "-C", "repository", WORKID, "sandbox", "run", "--state", "../example.json", "--log", "../example.txt",
              *options, "--", *command, **environment)
    return ran, pathlib.Path("example.txt").read_text(encoding="utf-8")


part(all=before_and_after)
