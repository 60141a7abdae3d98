"""`workid prove` on whole scripts: each is refused as it is, and passes as it is rewritten."""

import json
import os
import pathlib
import shutil

from checks import check, part, run

HERE = pathlib.Path(__file__).resolve().parent
CASES, EXAMPLES = HERE.parent / "cases", HERE.parents[1] / "examples"
WHOLE = CASES / "whole-scripts/repo"


def proofs(repository, runs, *words):
    """Plans for a repository, and proves what is named."""
    folder = pathlib.Path(repository.parent.name if repository.name == "repo" else repository.name).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copytree(repository, folder / "repo")
    plan = str(folder / "workid.plan.json")
    client = pathlib.Path(os.environ["WORKID_CLIENT"])
    path = os.pathsep.join([str(client / "bin"), os.environ["PATH"]])
    planned = run(os.environ["WORKID"], "plan", folder / "repo", "--sandbox", "--out", plan)
    check(f"{repository.parent.name} is planned", planned.code in (1, 3), planned.all)
    named = [word for it in runs for word in ("--run", it)]
    ran = run(os.environ["WORKID"], "prove", plan, *named, *words, "--format", "json", PATH=path, limit=600)
    return json.loads(ran.out)["proofs"] if ran.out else check("it proves", False, ran.all) or []


def proven(repository, runs, *words):
    found = proofs(repository, runs, *words)
    check("each is run", {it["run"] for it in found} == set(runs), found)
    for it in found:
        name = f"{it['run']} ({it['runs_in']})"
        check(f"{name} is refused, and passes", it["verdict"] == "proven" and it["before"]["refused"], it)
        users = [who for who in it["after"]["as_whom"] if "@" in who]
        check(f"{name} writes as no user", it["after"]["writes"] > 0 and not users, it["after"])


def pipelines():
    proven(WHOLE, [
        ".github/workflows/deploy.yml", ".github/workflows/firewall.yml", ".github/workflows/storage.yml",
        ".gitlab-ci.yml", "Jenkinsfile", ".circleci/config.yml", "bitbucket-pipelines.yml", ".buildkite/pipeline.yml",
        "azure-pipelines.yml", "cluster/nightly.yaml", "aws/buildspec.yml", "gcp/cloudbuild.yaml",
    ])


def machines():
    proven(WHOLE, [
        "scripts/deploy.sh 1.2.3", "make -C machines disk", "npm --prefix machines run address",
        "machines/cloud-init.yaml", "machines/compose.yaml", "machines/crontab", "machines/rotate.service",
        "machines/tags.sh", "server/backup.sh", "server/rest.sh",
    ])
    batch = proofs(WHOLE, ["windows/deploy.cmd"])
    check("batch is named as what cannot be run", batch and batch[0]["verdict"] == "unproven", batch)


def examples():
    proven(EXAMPLES / "contoso-web", ["scripts/deploy.sh package.json"])
    proven(CASES / "two-environments/repo", ["sh scripts/deploy.sh rg-data"])
    short = proofs(CASES / "ci-platforms/repo", ["bitbucket-pipelines.yml"])[0]
    missing = "no planned role allows Microsoft.Web/sites/restart/action on site"
    check("the action is named that no role allows", short["verdict"] == "failed" and missing in short["why"], short)
    kept = proofs(CASES / "variables/repo", [".github/workflows/deploy.yml"])
    whom = [(it["verdict"], it["after"]["as_whom"]) for it in kept]
    names = ["id-web-staging", "id-web-production", "id-web-main"]
    check("each job reads its identity from its variable", whom == [("proven", [it]) for it in names], kept)


def python():
    proven(WHOLE, ["machines/stop.py"])


def javascript():
    proven(WHOLE, ["machines/tags.js"], "--env", f"NODE_PATH={os.environ['WORKID_CLIENT']}/node_modules")


part(pipelines=pipelines, machines=machines, examples=examples, python=python, javascript=javascript)
