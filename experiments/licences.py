"""The licences of all pinned packages: ``python -m experiments.licences`` writes the list.

A licence is what a package's own metadata say, or else the first line of its licence file.
"""

import re
import sys
from importlib.metadata import distribution
from typing import Any

from difsched.errors import InputError
from difsched.utils.files import write_text
from experiments.cli.pins import LOCK, read_pins
from experiments.paths import ROOT

LICENCES = ROOT / "artifacts" / "LICENCES.md"
#: Under these a package may be used by an MIT-licensed one without more ado.
PERMISSIVE = {
    *("MIT", "MIT License", "MIT-0", "MIT-CMU", "Zlib", "BSL-1.0"),
    *("ISC License", "ISC license", "ISC License (ISCL)"),
    *("BSD", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "BSD 3-Clause License", "0BSD"),
    *("Apache-2.0", "Apache 2.0", "Apache License, Version 2.0", "Apache Software License"),
    *("LLVM-exception", "PSF-2.0", "Python Software Foundation License"),
    *("CC0-1.0", "Public Domain"),
}
#: Others, and why they do no harm.
NOTES = {
    "MPL-2.0": "copyleft of its own files: used unchanged",
    "Mozilla Public License 2.0 (MPL 2.0)": "copyleft of its own files: used unchanged",
    "GNU General Public License (GPL)": "of an Emacs file beside the package: not used",
}
HEAD = """# Licences of the packages in requirements.lock

Made by `python -m experiments.licences` from what the packages say of themselves. difsched is under
the MIT licence and contains none of them. A note stands where a licence is not a permissive one.

| package | version | licence | note |
| --- | --- | --- | --- |
"""


def licence(name: str) -> str:
    """Return the licences of an installed package, joined by AND; empty if it does not say."""
    package = distribution(name)
    about: dict[str, Any] = package.metadata.json
    listed = [text for text in about.get("classifier", []) if text.startswith("License :: ")]
    classified = " AND ".join(text.rpartition(" :: ")[2] for text in listed)
    for said in (about.get("license_expression"), about.get("license"), classified):
        if said not in (None, "", "UNKNOWN") and "\n" not in said:  # some give the whole text
            return said
    for file in package.files or []:
        if re.match("licen[cs]e", file.name, re.IGNORECASE):
            return file.read_text().strip().partition("\n")[0]
    return ""


def note(name: str, said: str) -> str:
    """Return what to say on a package's licences; empty where all are permissive.

    Raises
    ------
    InputError
        If one is not known here: somebody must read it first.
    """
    unusual = [part for part in re.split(" AND | OR | WITH ", said) if part not in PERMISSIVE]
    for part in unusual:
        if part not in NOTES:
            raise InputError(f"{name} has the licence {part!r}: read it and list it")
    return "; ".join(NOTES[part] for part in unusual)


def table() -> str:
    """Return the list of all pinned packages as Markdown."""
    pins = read_pins(LOCK.read_text(encoding="utf-8").splitlines())
    rows = []
    for name, pinned in sorted(pins.items()):
        said = licence(name)
        rows.append(f"| {name} | {pinned} | {said} | {note(name, said)} |")
    return HEAD + "\n".join(rows) + "\n"


def main(argv: list[str]) -> int:
    """Write ``artifacts/LICENCES.md``; return the exit status."""
    if argv:
        raise InputError(f"licences takes no arguments: leave out {' '.join(argv)}")
    write_text(LICENCES, table())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
