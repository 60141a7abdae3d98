"""Compares data/az-cmdlets.tsv with the help of another version of Az PowerShell, and reports what is different.

    git clone --depth 1 https://github.com/Azure/azure-powershell
    python3 data/regenerate/az_cmdlets.py azure-powershell [--write]

What the help tells: which cmdlets there are, and whether one asks before it acts (-WhatIf). What it does not tell: which
requests a cmdlet sends. Effects and actions were found by reading code, and are kept; a cmdlet that is new is judged by
its verb, as those are that have no row. Where that may be wrong, the cmdlet is reported, to be completed by a person.
--write takes out the rows of cmdlets that are gone, and writes the new version into the first line.
"""

import datetime
import pathlib
import re
import sys

TABLE = pathlib.Path(__file__).parent.parent / "az-cmdlets.tsv"
VERBS = pathlib.Path(__file__).parent.parent.parent / "src/impact/cmdlet.rs"
WRITES = ("write", "operation")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    checkout, write = pathlib.Path(sys.argv[1]), "--write" in sys.argv[2:]
    header, *rows = TABLE.read_text(encoding="utf-8").splitlines()
    table = {row.split("\t")[1].lower(): row.split("\t") for row in rows}
    known, verbs = help_of(checkout), verbs_of_judge()
    report = {"vanished": [], "changed class": [], "of no known verb": [], "writes by its verb, and does not ask": []}
    for key, row in table.items():
        if key not in known:
            report["vanished"].append(row[1])
        elif row[2] in ("local", "read") and known[key][1]:
            report["changed class"].append(f"{row[1]}: {row[2]}, and takes -WhatIf")
    for key, (name, asks) in known.items():
        effect = verbs.get(key.split("-")[0])
        if key in table:
            continue
        if effect is None:
            report["of no known verb"].append(name)
        elif effect in WRITES and not asks:
            report["writes by its verb, and does not ask"].append(name)
    for what, names in report.items():
        print(f"{what}: {len(names)}")
        print("".join(f"  {name}\n" for name in sorted(names)), end="")
    version = version_of(checkout)
    print(f"Az {version}: {len(known)} cmdlets, of which {len(known.keys() & table.keys())} have a row; the table was: {header}")
    if write:
        kept = [row for row in rows if row.split("\t")[1].lower() in known]
        source = f"From the help of Az {version} (MIT), {datetime.date.today().isoformat()}."
        header = re.sub(r"From the help of .*?, \d{4}-\d\d-\d\d\.", source, header)
        TABLE.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")


def help_of(checkout):
    """Each cmdlet by its name in lower case: its name, and whether it takes -WhatIf."""
    found = {}
    for page in checkout.glob("src/**/help/*-Az*.md"):
        found[page.stem.lower()] = page.stem, "[-WhatIf]" in page.read_text(encoding="utf-8", errors="replace")
    return found


def verbs_of_judge():
    """The effect of each verb, as the program judges a cmdlet that has no row."""
    text = VERBS.read_text(encoding="utf-8")
    lists = re.findall(r"const (WRITE|READ|OPERATION): &\[&str\] = &\[(.*?)\];", text, re.DOTALL)
    return {verb: kind.lower() for kind, verbs in lists for verb in re.findall(r'"(\w+)"', verbs)}


def version_of(checkout):
    module = checkout / "tools/Az/Az.psd1"
    found = re.search(r"ModuleVersion = '([\d.]+)'", module.read_text(encoding="utf-8-sig")) if module.exists() else None
    return found[1] if found else "of unknown version"


if __name__ == "__main__":
    main()
