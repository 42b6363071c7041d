"""``artifacts/CLAIMS.md``: the claims for people, made from ``artifacts/claims.yml``."""

from collections.abc import Mapping, Sequence

from difsched.utils.files import write_text
from experiments.claims.check import CLAIMS, check, load
from experiments.claims.schema import Claim
from experiments.claims.sections import where
from experiments.paths import LOGS, REFERENCE

PAGE = CLAIMS.with_name("CLAIMS.md")
HEADER = (
    *("Claim", "In the paper", "Test", "Tolerance", "Numbers", "Command"),
    *("Minutes", "Memory, MB", "Disk, MB", "Reference"),
)
TEXT = """\
# Claims

Generated from [`claims.yml`](claims.yml) by `python -m experiments.claims.page`; do not edit.

    ./run_all.sh check dql_set 0 0    # one committed run made again, bit for bit: half a minute
    ./run_all.sh check                # one run of each kind: a few minutes
    ./run_all.sh verify               # your last run against these claims
    ./run_all.sh verify --reference   # the committed logs against them

Each claim is PASS, FAIL or NOT RUN, with the number behind it; the exit status is 0 if none fails
and at least one passes. A profile smaller than the full one is NOT RUN where scale matters, never
PASS. Numbers of a fresh run are also compared with those of the reference: bitwise equal, or within
the tolerance. Logs that are missing or were edited are named, and fail the check.

Losses are ratios; scores are in points. In the slice 0 is the equal split's and 100 that of the
oracle with the same information; what they stand for in another problem family (`alloc`, `mec`,
`mlb`: the first word of a file's name) the caption of its table says. Minutes, memory and disk are
what the command takes on 2 cores, all that it needs included. The last column is what the check
says of [`reference/`](reference/).

## Supported

{supported}

## Not supported

What one might expect, but the evidence is against it. The test is of the finding: PASS says that
the evidence against the statement was found again, not that the statement holds.

{unsupported}
"""


def page(claims: Sequence[Claim], found: Mapping[str, str]) -> str:
    """Return the page.

    Parameters
    ----------
    claims : sequence of Claim
    found : mapping
        Id of a claim -> what the check says of the reference.
    """
    tables = {
        kept: _table([claim for claim in claims if claim.supported is kept], found)
        for kept in (True, False)
    }
    return TEXT.format(supported=tables[True], unsupported=tables[False])


def _table(claims: Sequence[Claim], found: Mapping[str, str]) -> str:
    rows = [HEADER, ["---"] * len(HEADER), *(_row(claim, found) for claim in claims)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(claim: Claim, found: Mapping[str, str]) -> list[str]:
    statement = claim.statement
    if not claim.supported:
        statement = f"Not supported: “{statement}” Finding: {claim.finding}"
    cells = [
        f"**{claim.id}** {statement}",
        where(claim.paper),
        claim.test,
        "" if claim.tolerance is None else f"{claim.tolerance:g}",
        claim.evidence,
        f"`{claim.command}`",
        *(f"{cost:g}" for cost in (claim.minutes, claim.memory, claim.disk)),
        found.get(claim.id, "none yet"),
    ]
    return [_escape(cell) for cell in cells]


def _escape(text: str) -> str:
    """Return text that Markdown takes as it is in a cell of a table."""
    for character in "|_<":
        text = text if "`" in text else text.replace(character, f"\\{character}")
    return text


def current() -> str:
    """Return the page of the claims and the reference as they are.

    Raises
    ------
    InputError
        If one of them cannot be read.
    """
    claims = load()
    if not (LOGS / "spec.json").is_file():
        return page(claims, {})
    verdicts = check(claims, REFERENCE / "aggregates", LOGS)
    return page(claims, {one.claim.id: f"{one.status}: {one.measured}" for one in verdicts})


def main() -> None:
    """Write ``artifacts/CLAIMS.md``."""
    write_text(PAGE, current())


if __name__ == "__main__":
    main()
