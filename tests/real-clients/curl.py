"""curl, as scripts without any SDK use it."""

import os
import pathlib

from checks import MFA, OPERATOR, OPERATOR_SECRET, SUBSCRIPTION, TENANT, TENANT_ID, check, part, run

LOGIN = "https://login.microsoftonline.com"
ARM = "https://management.azure.com"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


def curl(*words):
    return run("curl", "--silent", "--show-error", "--max-time", "20", "--write-out", "\n%{http_code}", *words)


def ask(*words):
    """The answer and its status."""
    ran = curl(*words)
    body, _, status = ran.out.rpartition("\n")
    return body + ran.err, int(status or 0)


def token(path, **form):
    data = [word for name, value in form.items() for word in ("--data-urlencode", f"{name}={value}")]
    ran = run("curl", "--silent", f"{LOGIN}/{TENANT}/{path}", *data)
    return ran.json()


def put(group, bearer, *more):
    return ask("-X", "PUT", f"{ARM}{SUBSCRIPTION}/resourcegroups/{group}?api-version=2024-11-01", "-d",
               '{"location": "japaneast"}', "-H", "Content-Type: application/json", "-H", f"Authorization: Bearer {bearer}", *more)


def operator():
    return token("oauth2/v2.0/token", grant_type="client_credentials", client_id=OPERATOR,
                 client_secret=OPERATOR_SECRET, scope=f"{ARM}/.default")["access_token"]


def users():
    user = {"grant_type": "password", "client_id": AZURE_CLI, "username": "svc-deploy@contoso.com", "password": "canary-deploy-4713"}
    got = token("oauth2/v2.0/token", scope=f"{ARM}/.default openid", **user)
    check("a password gets a token (v2)", "access_token" in got, got)
    old = token("oauth2/token", resource=f"{ARM}/", **user)
    check("and the old way (v1)", "access_token" in old, old)
    for name, bearer in [("v2", got["access_token"]), ("v1", old["access_token"])]:
        body, status = put("rg-curl", bearer, "--include")
        check(f"the user's write is refused with MFA's words ({name})", status == 401 and MFA[0] in body, body)
        check(f"and with the claims challenge ({name})", 'error="insufficient_claims"' in body, body)
        body, status = ask(f"{ARM}{SUBSCRIPTION}/resourcegroups?api-version=2024-11-01", "-H", f"Authorization: Bearer {bearer}")
        check(f"what the user reads passes ({name})", status == 200 and "rg-data" in body, body)
    wrong = token("oauth2/v2.0/token", scope=f"{ARM}/.default", **{**user, "password": "canary-wrong"})
    check("a wrong password is refused", wrong.get("error_codes") == [50126], wrong)
    body, status = put("rg-curl", operator())
    check("an application's write passes", status == 201, body)
    body, status = put("rg-curl", "no-token")
    check("without a token nothing passes", status == 401 and "InvalidAuthenticationToken" in body, body)
    body, status = put("rg-curl", got["refresh_token"])
    check("a refresh token is none for a service", status == 401, body)
    for address in ["https://example.com/", "http://example.com/", "https://management.usgovcloudapi.net/"]:
        ran = curl(address)
        check(f"{address} is not reached", "403" in ran.all, ran.all)
    job()


def job():
    """A step of a job of GitHub Actions asks for its token, and exchanges it."""
    url, key = os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"], os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    got = run("curl", "--silent", f"{url}&audience=api://AzureADTokenExchange", "-H", f"Authorization: bearer {key}").json()
    check("a job gets its token", "value" in got, got)
    body, status = ask(f"{url}&audience=x", "-H", "Authorization: bearer guessed")
    check("and shows that it is that job", status == 401, body)
    file = pathlib.Path(os.environ["AZURE_FEDERATED_TOKEN_FILE"]).read_text(encoding="utf-8")
    check("its file holds one, too", file.count(".") == 2, file)
    check("the tenant is named", os.environ["AZURE_TENANT_ID"] == TENANT_ID)
    answer = token("oauth2/v2.0/token", grant_type="client_credentials", client_id=OPERATOR, client_assertion=got["value"],
                   client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer", scope=f"{ARM}/.default")
    check("nobody trusts it yet", answer.get("error_codes") == [70025], answer)


def machine():
    url = "http://169.254.169.254/metadata"
    body, status = ask(f"{url}/instance?api-version=2021-02-01", "-H", "Metadata: true")
    check("the machine knows itself", status == 200 and "vm-jobs" in body, body)
    query = f"identity/oauth2/token?api-version=2018-02-01&resource={ARM}/"
    body, status = ask(f"{url}/{query}")
    check("without the header there is no token", status == 400, body)
    body, status = ask(f"{url}/{query}", "-H", "Metadata: true")
    check("without an identity there is none", status == 400 and "Identity not found" in body, body)


def faults():
    bearer = operator()
    body, status = put("rg-busy", bearer, "--include")
    check("a request is throttled if it is told to", status == 429 and "retry-after: 1" in body.lower(), body)
    check("and the next is not", put("rg-busy", bearer)[1] == 201)
    check("a connection breaks if it is told to", put("rg-reset", bearer)[1] == 0)
    check("an answer is lost if it is told to", put("rg-lost", bearer)[1] == 0)
    body, status = put("rg-lost", bearer)
    check("but the work was done", status == 200, body)


part(users=users, machine=machine, faults=faults)
