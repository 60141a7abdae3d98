"""What scenarios share: how to run a client, and how to say what came of it."""

import json
import os
import subprocess
import sys
import tempfile

SUBSCRIPTION = "/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683"
TENANT = "contoso.onmicrosoft.com"
TENANT_ID = "3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10"
GITHUB = "https://token.actions.githubusercontent.com"
MAIN = "repo:contoso/web:ref:refs/heads/main"
EXCHANGE = "api://AzureADTokenExchange"
OPERATOR = "43561dda-c123-5404-a302-867068e213f8"
OPERATOR_SECRET = "canary-operator-4710"

# What every client says when Azure wants MFA of it, in one way or another.
MFA = ("RequestDisallowedByPolicy", "AADSTS50076")


def check(name, passed, why=""):
    print(f"ok {name}" if passed else f"FAILED {name}: {str(why)[-1500:]}", flush=True)
    return passed


class Ran:
    def __init__(self, ran):
        self.code, self.out, self.err = ran.returncode, ran.stdout.strip(), ran.stderr
        self.all = self.out + self.err

    def json(self):
        return json.loads(self.out or "null")


def run(*words, limit=120, **environment):
    words = [str(word) for word in words]
    return Ran(subprocess.run(
        words, capture_output=True, text=True, timeout=limit, stdin=subprocess.DEVNULL, check=False,
        env={**os.environ, **environment},
    ))


class Az:
    """The Azure CLI with a memory of its own: what one has cached, another does not find."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(dir=os.environ["AZURE_CONFIG_DIR"])
        self.program = os.path.join(os.environ["WORKID_CLIENT"], "bin/az")

    def __call__(self, *words):
        return run(self.program, *words, AZURE_CONFIG_DIR=self.folder, HOME=self.folder)

    def passes(self, name, *words):
        ran = self(*words)
        check(name, ran.code == 0, ran.all)
        return ran

    def fails(self, name, says, *words):
        ran = self(*words)
        says = (says,) if isinstance(says, str) else says
        check(name, ran.code != 0 and any(it in ran.all for it in says), f"exit {ran.code}: {ran.all}")
        return ran


def part(**parts):
    """Runs the part that the command line names."""
    os.makedirs(os.environ["AZURE_CONFIG_DIR"], exist_ok=True)
    name = sys.argv[1] if len(sys.argv) > 1 else "all"
    parts[name.replace("-", "_")]()
