"""Renews data/roles.tsv from what Azure says of its built-in roles.

    az role definition list --output json > roles.json
    python3 data/regenerate/roles.py roles.json

It reports which roles appeared, vanished or changed, and writes the table.
"""

import datetime
import json
import pathlib
import sys

TABLE = pathlib.Path(__file__).parent.parent / "roles.tsv"
KINDS = ["actions", "notActions", "dataActions", "notDataActions"]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    roles = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    lines = []
    for role in sorted((it for it in roles if it["roleType"] == "BuiltInRole"), key=lambda it: it["roleName"].lower()):
        for block in role["permissions"]:
            lists = [" ".join(sorted((it.strip() for it in block[kind]), key=str.lower)) for kind in KINDS]
            row = ["role", role["roleName"], role["name"], *lists, block.get("condition") or ""]
            lines.append("\t".join(row).rstrip("\t"))
    old, new = by_name(TABLE.read_text(encoding="utf-8").splitlines()), by_name(lines)
    for what, names in {"appeared": new.keys() - old.keys(), "vanished": old.keys() - new.keys(),
                        "changed": {it for it in new.keys() & old.keys() if new[it] != old[it]}}.items():
        print(f"{what}: {len(names)}")
        print("".join(f"  {name}\n" for name in sorted(names)), end="")
    header = (f"# Built-in roles, one line for each block of permissions. From az role definition list, "
              f"{datetime.date.today().isoformat()}. See docs/formats.md; renewed by data/regenerate.")
    TABLE.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def by_name(lines):
    names = {}
    for line in lines:
        if not line.startswith("#"):
            names.setdefault(line.split("\t")[1], []).append(line)
    return names


if __name__ == "__main__":
    main()
