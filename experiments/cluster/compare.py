"""Whether two runs gave the same bytes: ``python -m experiments.cluster.compare DIR DIR``.

The folders are two of aggregates, or two workspaces. Files that hold times are left out: no two
runs take equally long.
"""

import argparse
import hashlib
import sys
from pathlib import Path

from difsched.errors import InputError
from difsched.utils.files import sha256
from experiments.runs.run import WEIGHTS

#: What a run makes of its configuration alone.
RESULTS = ("*.csv", "result.json", WEIGHTS, "*.npz")
#: CSV files with measured times.
TIMES = ("costs.csv", "scaling_time.csv")


def results(folder: Path) -> dict[str, str]:
    """Return the path of each result below a folder and the SHA-256 of its bytes.

    Raises
    ------
    InputError
        If there is none.
    """
    found = [
        path
        for pattern in RESULTS
        for path in folder.rglob(pattern)
        if path.is_file() and path.name not in TIMES
    ]
    if not found:
        raise InputError(f"{folder} holds no results: must be aggregates or a workspace")
    return {str(path.relative_to(folder)): sha256(path) for path in sorted(found)}


def differences(left: dict[str, str], right: dict[str, str]) -> list[str]:
    """Return one line for each result that is not the same in both."""
    lines = []
    for name in sorted(left.keys() | right.keys()):
        if name not in left or name not in right:
            lines.append(f"{name}: only in the {'first' if name in left else 'second'}")
        elif left[name] != right[name]:
            lines.append(f"{name}: differs")
    return lines


def main(argv: list[str]) -> int:
    """Print the differences, or how much is equal; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.cluster.compare")
    parser.add_argument("folders", nargs=2, type=Path, metavar="DIR")
    folders = parser.parse_args(argv).folders
    try:
        left, right = map(results, folders)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if lines := differences(left, right):
        print("\n".join(lines))
        print(f"{len(lines)} of {len(left.keys() | right.keys())} files differ")
        return 1
    together = hashlib.sha256("".join(left.values()).encode()).hexdigest()
    print(f"{len(left)} files are equal byte by byte; sha256 of their digests {together}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
