"""Runs every scenario in an embedded tenant of its own, and counts the checks.

A scenario is a file beside this one that speaks to the tenant as its clients do, and prints a line for each
check. What the tenant noted of the requests is checked here: it is not for the scenario to say who it was.
"""

import argparse
import concurrent.futures
import dataclasses
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
MAIN = "repo:contoso/web:ref:refs/heads/main"
PRODUCTION = "repo:contoso/web:environment:production"

# Nothing of it may stand in a log of requests.
SECRETS = re.compile(r"canary-|eyJ[A-Za-z0-9_-]{8}|client_secret|password=")


@dataclasses.dataclass
class Part:
    """A script, run once in a tenant that behaves so."""

    script: str
    words: list = dataclasses.field(default_factory=list)
    options: list = dataclasses.field(default_factory=list)
    # What the log has to tell: (method and address, who, status).
    logged: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Scenario:
    """Parts that go on in the tenant that those before them left."""

    name: str
    client: str
    parts: list


def azure_cli(version):
    client = f"azure-cli-{version}"
    user, admin = "svc-deploy@contoso.com", "ada@contoso.com"
    groups = "resourcegroups/"
    return [
        Scenario(
            f"az {version}, users",
            client,
            [
                Part("azure_cli_users.py", logged=[
                    (f"PUT management.azure.com.*{groups}rg-mine", user, 401),
                    (f"DELETE management.azure.com.*{groups}rg-data", user, 401),
                    (f"PUT management.azure.com.*{groups}rg-mfa", admin, 201),
                    ("CONNECT example.com", "-", 403),
                ])
            ],
        ),
        Scenario(
            f"az {version}, workloads",
            client,
            [
                Part("azure_cli_workloads.py", ["set-up"], ["--subject", MAIN], [
                    ("PUT .*userAssignedIdentities/id-ci", admin, 201),
                    (f"PUT .*{groups}rg-ci", "id-ci", 200),
                    (f"PUT .*{groups}rg-ci", "sp-reader", 403),
                    (f"PUT .*{groups}rg-ci", "sp-certificate", 200),
                ]),
                Part("azure_cli_workloads.py", ["other-job"], ["--subject", MAIN + "-x"]),
                Part("azure_cli_workloads.py", ["other-issuer"],
                     ["--subject", MAIN, "--issuer", "https://gitlab.com"]),
                Part("azure_cli_workloads.py", ["machine"], ["--on", "vm-jobs"], [
                    ("GET 169.254.169.254/metadata/identity/oauth2/token", "vm-jobs", 200),
                    (f"PUT .*{groups}rg-ci", "id-ci", 200),
                    (f"PUT .*{groups}rg-vms", "vm-jobs", 403),
                ]),
                Part("azure_cli_workloads.py", ["app-service"], ["--on", "app-contoso-web"], [
                    ("GET 127.0.0.1/msi/token", "id-ci", 200),
                    (f"PUT .*{groups}rg-ci", "id-ci", 200),
                ]),
            ],
        ),
    ]


def scenarios():
    return [
        *azure_cli("2.91.0"),
        *azure_cli("2.76.0"),
        Scenario("Python SDK", "python-sdk", [
            Part("python_sdk.py", ["users"], [], [("PUT .*resourcegroups/rg-mine", "svc-owner@contoso.com", 401)]),
            Part("python_sdk.py", ["workloads"], ["--subject", MAIN],
                 [("PUT .*resourcegroups/rg-data", "id-py", 200)]),
            Part("python_sdk.py", ["machine"], ["--on", "vm-jobs"],
                 [("PUT .*resourcegroups/rg-data", "id-py", 200)]),
            Part("python_sdk.py", ["app-service"], ["--on", "app-contoso-web"],
                 [("GET 127.0.0.1/msi/token", "id-py", 200)]),
            Part("python_sdk.py", ["pace"], ["--throttle", "20", "--replication", "2", "--delay", "50"]),
        ]),
        Scenario("JavaScript SDK", "javascript", [
            Part("javascript/checks.mjs", ["users"], [], [("PUT .*resourcegroups/rg-mine", "svc-owner@contoso.com", 401)]),
            Part("javascript/checks.mjs", ["workloads"], ["--subject", MAIN],
                 [("PUT .*resourcegroups/rg-data", "id-js", 200)]),
            Part("javascript/checks.mjs", ["machine"], ["--on", "vm-jobs"],
                 [("PUT .*resourcegroups/rg-data", "id-js", 200)]),
        ]),
        Scenario("README's example", "azure-cli-2.91.0", [Part("example.py")]),
        Scenario("a thousand role assignments", "azure-cli-2.91.0", [Part("pace.py", ["slow"])]),
        *[
            Scenario(f"proof, {name}", client, [Part("prove.py", [name])])
            for name, client in [
                ("pipelines", "azure-cli-2.91.0"), ("machines", "azure-cli-2.91.0"), ("examples", "azure-cli-2.91.0"),
                ("python", "python-sdk"), ("javascript", "javascript"),
            ]
        ],
        Scenario("curl", None, [
            Part("curl.py", ["users"], ["--subject", PRODUCTION], [
                ("PUT management.azure.com.*resourcegroups/rg-curl", "svc-deploy@contoso.com", 401),
                ("PUT management.azure.com.*resourcegroups/rg-curl", "workid-operator", 201),
            ]),
            Part("curl.py", ["machine"], ["--on", "vm-jobs"]),
            Part("curl.py", ["faults"], [
                "--fault", "PUT:rg-busy:429", "--fault", "PUT:rg-reset:reset", "--fault", "PUT:rg-lost:lost",
            ], [("PUT .*resourcegroups/rg-lost", "workid-operator", 201)]),
        ]),
    ]


class Run:
    def __init__(self, arguments):
        self.arguments = arguments
        self.clients = pathlib.Path(arguments.clients)

    def interpreter(self, scenario, script):
        if script.endswith(".mjs"):
            return ["node"]
        if scenario.client == "python-sdk":
            return [str(self.clients / "python-sdk/bin/python")]
        return [sys.executable]

    def scenario(self, scenario):
        """Returns the lines of all checks, and the seconds that they took."""
        lines, began = [], time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            for part in scenario.parts:
                lines += self.part(scenario, part, pathlib.Path(folder))
        return lines, time.monotonic() - began

    def part(self, scenario, part, folder):
        log = folder / "requests.txt"
        script = HERE / part.script
        if script.suffix == ".mjs":
            # It finds its packages by where it lies.
            copy = self.clients / "javascript" / script.name
            copy.write_bytes(script.read_bytes())
            script = copy
        command = [
            self.arguments.workid, "sandbox", "run", "--state", str(folder / "tenant.json"), "--log", str(log),
            *part.options, "--", *self.interpreter(scenario, part.script), str(script), *part.words,
        ]
        client = str(self.clients / scenario.client) if scenario.client else ""
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL, check=False,
            env={**environment(), "WORKID_CLIENT": client, "WORKID": self.arguments.workid,
                 "WORKID_EXAMPLES": str(HERE.parents[1] / "examples")},
            cwd=folder,
        )
        lines = [line for line in ran.stdout.splitlines() if line.startswith(("ok ", "FAILED "))]
        if ran.returncode != 0 or not lines:
            lines.append(f"FAILED it ends well: exit {ran.returncode}: {(ran.stdout + ran.stderr)[-2000:]}")
        text = log.read_text() if log.exists() else ""
        for address, who, status in part.logged:
            found = re.search(rf"^{status} {address}\S* {re.escape(who)}$", text, re.MULTILINE)
            name = f"the log says that {who} asked {address} and got {status}"
            lines.append(f"ok {name}" if found else f"FAILED {name}:\n{text}")
        lines.append("FAILED a secret stands in the log" if SECRETS.search(text) else "ok the log holds no secret")
        where = " ".join(part.words)
        return [re.sub(r"^(ok|FAILED) ", rf"\1 {where + ': ' if where else ''}", line) for line in lines]


def environment():
    """The environment without anything that an Azure client of this machine would find."""
    import os

    return {
        name: value for name, value in os.environ.items()
        if not name.startswith(("AZURE_", "ARM_", "IDENTITY_", "ACTIONS_", "MSI_"))
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workid", required=True)
    parser.add_argument("--clients", required=True)
    parser.add_argument("--without", default="")
    parser.add_argument("--verbose", action="store_true", help="print the checks that passed, too")
    parser.add_argument("names", nargs="*", help="only scenarios with this in their names")
    arguments = parser.parse_args()
    run, began = Run(arguments), time.monotonic()
    without = arguments.without.split()
    chosen = [it for it in scenarios() if all(name in it.name for name in arguments.names)]
    passed, failed = 0, 0
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        running = {it.name: pool.submit(run.scenario, it) for it in chosen if it.client not in without}
        for it in chosen:
            if it.client in without:
                print(f"NOT CHECKED  {it.name}: the client could not be installed")
                continue
            lines, seconds = running[it.name].result()
            bad = [line for line in lines if line.startswith("FAILED")]
            passed, failed = passed + len(lines) - len(bad), failed + len(bad)
            print(f"{'FAILED' if bad else 'passed'}  {it.name}: {len(lines) - len(bad)} of {len(lines)} checks, {seconds:.0f} s")
            for line in lines if arguments.verbose else bad:
                print(f"  {line}")
            sys.stdout.flush()
    print(f"{passed} of {passed + failed} checks passed, in {time.monotonic() - began:.0f} s.")
    if without and not passed:
        return 3
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
