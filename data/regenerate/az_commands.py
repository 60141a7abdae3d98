"""Renews data/az-commands.tsv from an installed azure-cli, and reports what is different.

    python3 -m venv cli && cli/bin/pip install azure-cli
    cli/bin/python data/regenerate/az_commands.py [--write]

What it derives: which commands there are; and, of the commands that are generated from Azure's own descriptions (AAZ,
more than one in four), every request that their code can send, with method and address, and from these the effect and the
actions. It reads the code of the command table, and sends nothing.

What it does not derive: under which conditions a request is sent, what commands that are written by hand do, what
argument validation asks for, and what is local. All that was found by reading code, and is kept from the present file.
A command that is new and written by hand is judged by its last word, and has no actions: such rows are reported, to be
completed by a person. A row whose effect differs from what is derived is reported and kept, unless --write; then what is
derived takes its place, without conditions, which a person completes.
"""

import datetime
import functools
import importlib.metadata
import inspect
import logging
import os
import pathlib
import re
import sys
import tempfile
import textwrap

TABLE = pathlib.Path(__file__).parent.parent / "az-commands.tsv"

WORDS = pathlib.Path(__file__).parent.parent.parent / "src/impact/az.rs"


def main():
    write = "--write" in sys.argv[1:]
    header, old = read()
    version = importlib.metadata.version("azure-cli")
    commands = command_table()
    new, report = {}, {"appeared": [], "vanished": [], "changed class": [], "asks for more": []}
    generated = 0
    for name, command in sorted(commands.items()):
        requests = requests_of(command)
        generated += bool(requests)
        known = old.get(name)
        row = derived(name, requests) if requests else None
        if known is None:
            row = row or [by_last_word(name), ""]
            report["appeared"].append(f"{name}: {row[0]}{'' if requests else ', by its last word'}")
        elif row is None:
            row = known
        else:
            compare(name, known, row, report)
            row = merged(known, row) if write else known
        new[name] = row
    report["vanished"] = sorted(old.keys() - new.keys())
    for what, lines in report.items():
        print(f"\n{what}: {len(lines)}")
        print("".join(f"  {line}\n" for line in lines), end="")
    print(f"\nazure-cli {version}: {len(new)} commands, of which the requests of {generated} were derived; "
          f"the table was: {header}")
    if write:
        today = datetime.date.today().isoformat()
        lines = ["\t".join(["az", name, *row]) for name, row in sorted(new.items())]
        header = re.sub(r"azure-cli [0-9.]+ \(PyPI, MIT\), [0-9-]+", f"azure-cli {version} (PyPI, MIT), {today}", header)
        TABLE.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def read():
    """The header, and name -> [effect, actions]."""
    header, *lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return header, {name: [effect, actions] for _, name, effect, actions in rows}


def command_table():
    """Every command of azure-cli itself, without extensions, with its class."""
    os.environ["AZURE_CONFIG_DIR"] = tempfile.mkdtemp()
    os.environ["AZURE_CORE_COLLECT_TELEMETRY"] = "no"
    logging.disable(logging.CRITICAL)
    from azure.cli.core import get_default_cli

    cli = get_default_cli()
    invocation = cli.invocation_cls(cli_ctx=cli, parser_cls=cli.parser_cls,
                                    commands_loader_cls=cli.commands_loader_cls, help_cls=cli.help_cls)
    cli.invocation = invocation
    invocation.commands_loader.load_command_table(None)
    return invocation.commands_loader.command_table


def requests_of(command):
    """(method, address) of each operation that a generated command has, itself or through another such command."""
    from azure.cli.core.aaz import AAZCommand

    if not isinstance(command, AAZCommand):
        return set()
    found, unread = set(), False
    for own in type(command).__mro__:
        is_generated = ".aaz." in own.__module__
        # A command that is written by hand on top of a generated one may send what it likes.
        if not is_generated and {"_execute_operations", "_handler"} & vars(own).keys():
            return set()
        for operation in vars(own).values():
            if not (inspect.isclass(operation) and hasattr(operation, "url") and hasattr(operation, "method")):
                continue
            method = constant(operation.method, r'return "([A-Z]+)"')
            address = constant(operation.url, r'format_url\(\s*["\'](\S+?)["\']')
            unread |= not (method and address)
            found.add((method, address))
        if is_generated and found:
            break
    return set() if unread else found


def constant(member, pattern):
    found = re.search(pattern, textwrap.dedent(inspect.getsource(member.fget)))
    return found[1] if found else None


def derived(name, requests):
    methods = {method for method, _ in requests}
    if methods & {"PUT", "PATCH", "DELETE"}:
        effect = "write"
    elif "POST" in methods:
        effect = "operation"
    else:
        effect = "read"
    # One address for a resource in a group, another for the same in a subscription: the same action.
    actions = {action.lower(): action for action in (action_of(*it) for it in requests) if action}
    return [effect, " ".join(sorted(actions.values(), key=str.lower))]


VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def action_of(method, address):
    """Microsoft.Web/sites/config/write of a PUT to …/providers/Microsoft.Web/sites/{}/config/web."""
    if "/providers/" not in address.lower():
        return None
    rest = re.split("/providers/", address, flags=re.IGNORECASE)[-1].strip("/")
    namespace, *parts = re.sub(r"\{[^}]*\}", "{}", rest).split("/")
    types = parts[::2]
    if method == "POST" and len(parts) % 2 == 0:
        types.append(parts[-1])
    # What the arguments name, such as the type of a record.
    if not types or "{}" in [namespace, *types]:
        return None
    return "/".join([namespace, *types, VERBS.get(method, "action")])


def by_last_word(name):
    """As the program judges a command that has no row."""
    words, last = words_of_judge(), name.split(" ")[-1]
    known = [words[word] for word in (last, last.split("-")[0]) if word in words]
    return known[0] if known else "unknown"


@functools.cache
def words_of_judge():
    text = WORDS.read_text(encoding="utf-8")
    lists = re.findall(r"const (WRITE|READ|OPERATION): &\[&str\] =\s*&\[(.*?)\];", text, re.DOTALL)
    return {word: kind.lower() for kind, words in lists for word in re.findall(r'"([\w-]+)"', words)}


def compare(name, known, row, report):
    plain = known[0].split("+")[0].rstrip("?")
    if plain != row[0]:
        report["changed class"].append(f"{name}: {known[0]} -> {row[0]}")
    had, has = plain_actions(known[1]), plain_actions(row[1])
    # Names of actions are not always those of addresses, so that only verbs and types are held against each other.
    if has - had and not had & has:
        report["asks for more"].append(f"{name}: {' '.join(sorted(has - had))}, not {' '.join(sorted(had)) or 'nothing'}")


def plain_actions(actions):
    return {action.split("[")[0].lower() for action in actions.split()}


def merged(known, row):
    """The derived effect, and the present actions with their conditions, as long as the effect is the same."""
    plain = known[0].split("+")[0].rstrip("?")
    return known if plain == row[0] else [row[0], row[1]]


if __name__ == "__main__":
    main()
