"""The pins of requirements.lock against the packages of the running Python.

Standard library only: run_all.sh asks before anything is installed.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"


def read_pins(lines: list[str]) -> dict[str, str]:
    """Return name -> version of lines such as ``numpy==2.4.6``; comments and blanks are skipped."""
    pins = [line.strip().split("==") for line in lines if line.strip() and line[0] != "#"]
    return {re.sub(r"[-_.]+", "-", name).lower(): pinned for name, pinned in pins}


def first_difference(pins: dict[str, str]) -> str | None:
    """Return a phrase on the first pin that this Python does not satisfy, None if it meets all.

    A local label, as in ``2.13.0+cpu``, names a build of the pinned version and satisfies it.
    """
    for name, pinned in pins.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            return f"it has no {name} (the pin is {pinned})"
        if found.split("+")[0] != pinned:
            return f"it has {name} {found} (the pin is {pinned})"
    return None


def main() -> int:
    """Print the first difference and return 1, or return 0."""
    difference = first_difference(read_pins(LOCK.read_text(encoding="utf-8").splitlines()))
    if difference:
        print(difference)
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
