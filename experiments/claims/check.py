"""The claims of ``artifacts/claims.yml`` and their check against the aggregates of a run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from difsched.config.base import check_choice, check_list, read_yaml
from difsched.errors import InputError, within
from difsched.utils.files import read_json
from experiments.aggregate.query import Aggregates, Missing
from experiments.claims.reproduction import repeats
from experiments.claims.schema import RESULTS, Claim
from experiments.paths import DEFAULT_PROFILE, REFERENCE, ROOT
from experiments.products import family_of_table
from experiments.profiles.profile import Part, Profile
from experiments.profiles.read import read_profile

CLAIMS = ROOT / "artifacts" / "claims.yml"
PASS, FAIL, NOT_RUN = "PASS", "FAIL", "NOT RUN"


@dataclass(frozen=True)
class Verdict:
    """What became of a claim.

    Of a claim that is not supported, ``PASS`` says that the evidence against it was found again.

    Attributes
    ----------
    claim : Claim
    status : str
        ``"PASS"``, ``"FAIL"`` or ``"NOT RUN"``.
    measured : str
        The numbers, or why there are none.
    expected : str
        What the test asks for.
    evidence : str
        The file, the column and the rows.
    """

    claim: Claim
    status: str
    measured: str
    expected: str
    evidence: str


def load(path: Path = CLAIMS) -> list[Claim]:
    """Return the claims in the order of their file.

    Raises
    ------
    InputError
        If the file is not one of claims; the line names the claim and the field.
    """
    values = read_yaml(path)
    if not isinstance(values, Mapping) or set(values) != {"costs", "claims"}:
        raise InputError(f"{path}: must have the sections costs and claims, nothing else")
    claims: list[Claim] = []
    for place, entry in enumerate(check_list(f"{path}: claims", values["claims"]), start=1):
        name = entry.get("id", place) if isinstance(entry, Mapping) else place
        try:
            claim = _claim(entry, values["costs"])
            if any(claim.id == other.id for other in claims):
                raise InputError(f"id = {claim.id!r}: another claim has it")
        except InputError as error:
            raise InputError(f"{path}: claim {name}: {error}") from None
        claims.append(claim)
    return claims


def _claim(entry: Any, costs: Any) -> Claim:
    """Return an entry of the file as a claim; its command says what it costs."""
    if not isinstance(entry, Mapping):
        raise InputError("must be a mapping of fields")
    if not isinstance(costs, Mapping):
        raise InputError("costs must map commands to what they take")
    cost = costs[check_choice("command", entry.get("command"), costs)]
    if not isinstance(cost, Mapping):
        raise InputError(f"costs of its command = {cost!r}: must be a mapping")
    return Claim.from_dict({**cost, **entry})


def check(
    claims: Sequence[Claim],
    aggregates: Path,
    workspace: Path,
    reference: Path = REFERENCE,
    outdated: Collection[str] = (),
) -> list[Verdict]:
    """Return a verdict on each claim.

    Parameters
    ----------
    claims : sequence of Claim
    aggregates, workspace : Path
        CSV files, and the workspace that they were made from.
    reference : Path
        Its ``aggregates`` and ``logs`` are compared with, unless ``workspace`` is ``logs`` itself.
    outdated : collection of str
        Names of CSV files that a call would make again: no claim is checked by them.

    Raises
    ------
    InputError
        If ``spec.json`` or a CSV file cannot be read.
    """
    spec = read_json(workspace / "spec.json")
    logs = reference / "logs"
    known = Aggregates(aggregates, outdated)
    itself = workspace.resolve() == logs.resolve()
    compared = None if itself else Aggregates(reference / "aggregates")
    verdicts = []
    for claim in claims:
        try:
            asked = claim
            if claim.profile == DEFAULT_PROFILE:
                family = family_of_table(claim.file)
                asked = narrowed(claim, require_full(spec, family).part(family).configs)
            if claim.file != RESULTS:
                holds, measured = _measured(asked, known, compared)
                measured += _where(asked) if asked != claim else ""
            elif itself:
                raise Missing("needs a fresh run beside the reference")
            else:
                holds, measured = repeats(workspace, logs, claim.column, claim.tolerance or 0)
            status = PASS if holds else FAIL
        except Missing as reason:
            status, measured = NOT_RUN, str(reason)
        verdicts.append(Verdict(claim, status, measured, claim.expected, claim.evidence))
    return verdicts


def require_full(spec: Any, family: str = Profile.TOP) -> Profile:
    """Return the profile of ``spec.json``: of a family's full scale and our own traffic.

    It may be of fewer configurations.

    Raises
    ------
    Missing
        If it is not.
    """
    if not isinstance(spec, Mapping) or not isinstance(spec.get("profile"), Mapping):
        raise InputError("spec.json must be a specification with a profile")
    if spec.get("traces") is not None:
        raise Missing("needs the built-in traffic")
    with within("spec.json: "):
        asked = Profile.from_dict(spec["profile"])
    if _scale(asked.part(family)) != _scale(read_profile(DEFAULT_PROFILE).part(family)):
        raise Missing(f"needs the {DEFAULT_PROFILE} profile")
    return asked


def narrowed(claim: Claim, configs: Collection[int]) -> Claim:
    """Return a claim on each of many configurations as it is on those that there are."""
    wanted: Any = claim.select.get("config")
    if "config" not in claim.per or claim.groups != "every" or not isinstance(wanted, list):
        return claim
    found = [config for config in wanted if config in configs]
    if not found or found == wanted:
        return claim
    minus = claim.minus
    if minus is not None and minus["select"].get("config") == wanted:
        minus = {**minus, "select": {**minus["select"], "config": found}}
    return replace(claim, select={**claim.select, "config": found}, minus=minus)


def _where(claim: Claim) -> str:
    configs: Any = claim.select["config"]
    kind = "configuration" if len(configs) == 1 else "configurations"
    return f"; on {kind} {' and '.join(map(str, configs))} alone"


def _scale(part: Part) -> tuple[Any, ...]:
    """Return what of a family's part decides how well its numbers are known."""
    seeds = None if part.methods is None else part.methods.seeds
    return seeds, part.datasets, part.main


def _measured(claim: Claim, known: Aggregates, compared: Aggregates | None) -> tuple[bool, str]:
    """Return whether a claim holds, and its numbers; see :func:`check`."""
    numbers = _numbers(claim, known)
    kept = numbers[[claim.holds(number) for number in numbers]]
    holds = len(kept) > 0 if claim.groups == "some" else len(kept) == len(numbers)
    text = _spread(numbers)
    if len(numbers) > 1 and len(kept) < len(numbers):
        text += f"; holds for {len(kept)} of {len(numbers)}"
    if claim.tolerance is None or compared is None:
        return holds, text
    try:
        gap = (numbers - _numbers(claim, compared)).abs().dropna()
    except Missing:
        return holds, f"{text}; nothing in the reference to compare with"
    return holds and bool((gap <= claim.tolerance).all()), f"{text}; {_closeness(gap)}"


def _numbers(claim: Claim, aggregates: Aggregates) -> "pd.Series[float]":
    """Return the numbers of a claim by group; raise Missing if there is none."""
    how = claim.column, claim.per, claim.reduce
    numbers = aggregates.measure(claim.file, claim.select, *how)
    if not claim.minus:
        return numbers
    file = claim.minus.get("file", claim.file)
    taken = aggregates.measure(file, claim.minus["select"], *how)
    # Seeds apart, which what is subtracted may have more of, both have the same groups.
    alone = numbers.index.difference(taken.index)
    if not len(alone) and "seed" not in claim.per:
        alone = taken.index.difference(numbers.index)
    if len(alone):
        raise Missing(f"{claim.file} or {file} has no row for {alone[0]}")
    return numbers - taken.reindex(numbers.index)


def _spread(numbers: "pd.Series[float]") -> str:
    """Return the least and the largest number, each with its group."""
    if len(numbers) == 1:
        return f"{numbers.iloc[0]:.4g}"
    ends = (str(numbers.idxmin()), str(numbers.idxmax()))
    return " to ".join(f"{numbers[group]:.4g} ({group})" for group in ends)


def _closeness(gap: "pd.Series[float]") -> str:
    """Return how far numbers are from those of the reference."""
    equal = int((gap == 0).sum())
    text = f"{equal} of {len(gap)} bitwise equal to the reference"
    return text if equal == len(gap) else f"{text}, the others off by at most {gap.max():.2g}"
