"""Damaged and hostile inputs by the thousand, and what the suite makes of them.

``python -m benchmarks.fuzz`` damages everything that the suite reads: half of the cases in
their bytes, half in a value with all checksums in order. It prints a line for each surface: how
many were read all the same, how many were refused in one line, how many would have reached the
user as a traceback. There must be none: then, and only then, the exit status is 0.
"""

import sys
from collections.abc import Sequence

from difsched.utils.terminal import OneLineParser
from tests.fuzz.binaries import binaries
from tests.fuzz.commands import commands
from tests.fuzz.engine import Surface, Tally, fuzz
from tests.fuzz.families import families
from tests.fuzz.logs import logs
from tests.fuzz.minari import minari
from tests.fuzz.tables import tables
from tests.fuzz.texts import texts

CASES = 2000
COLUMNS = ("cases", "accepted", "refused in one line", "tracebacks", "slowest, CPU s")


def surfaces() -> list[Surface]:
    """Return everything of a stranger's that the suite reads."""
    return [*texts(), *tables(), *binaries(), *minari(), *families(), *logs(), *commands()]


def measure(found: Sequence[Surface], cases: int) -> dict[str, Tally]:
    """Return name -> what became of about so many cases of the surfaces of that name."""
    names = [surface.name for surface in found]
    tallies: dict[str, Tally] = {}
    for surface in found:
        share = -(-cases // (2 * names.count(surface.name)))
        fuzz(surface, share, tallies.setdefault(surface.name, Tally()))
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    """Return the lines to print."""
    width = max(map(len, tallies)) + 2
    lines = ["".join([" " * width, *(f"{name:>{len(name) + 2}}" for name in COLUMNS)])]
    total = Tally()
    for name, tally in tallies.items():
        lines.append(_line(name.ljust(width), tally))
        total.outcomes.update(tally.outcomes)
        total.slowest = max(total.slowest, tally.slowest)
    faults = [f"  {name}: {fault}" for name, t in tallies.items() for fault in t.faults]
    return "\n".join([*lines, _line("all".ljust(width), total), *faults])


def _line(name: str, tally: Tally) -> str:
    counts = [tally.outcomes[kind] for kind in ("worked", "refused", "traceback")]
    cells = [str(sum(counts)), *map(str, counts), f"{tally.slowest:.2f}"]
    padded = (f"{c:>{len(head) + 2}}" for c, head in zip(cells, COLUMNS, strict=True))
    return name + "".join(padded)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 1 if there was a traceback."""
    parser = OneLineParser(prog="./run_all.sh bench fuzz")
    parser.add_argument("--cases", type=int, default=CASES, help="cases of each surface")
    cases = parser.parse_args(arguments).cases
    tallies = measure(surfaces(), cases)
    print(table(tallies))
    return 1 if any(tally.faults for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
