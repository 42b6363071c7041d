"""Claims against numbers: what passes, what fails, and what is said not to have run."""

from pathlib import Path
from typing import Any

import pytest

from difsched.errors import InputError
from difsched.utils.files import write_json
from experiments.claims.check import Verdict, check
from experiments.claims.schema import RESULTS, Claim
from tests.fake_claims import (
    FULL,
    REPEAT,
    SCORES,
    SMOKE,
    claim,
    make_workspace,
    write_run,
    write_scores,
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return make_workspace(tmp_path)


def verdict(one: Claim, workspace: Path) -> Verdict:
    reference = workspace.parent / "reference"
    (found,) = check([one], workspace.parent / "aggregates", workspace, reference)
    return found


@pytest.mark.parametrize(
    ("fields", "status", "measured"),
    [
        ({}, "PASS", "96 (config 0) to 98 (config 1)"),
        ({"at_least": 96}, "PASS", "96 (config 0) to 98 (config 1)"),
        ({"at_least": None, "above": 96}, "FAIL", "98 (config 1); holds for 1 of 2"),
        ({"at_least": None, "above": 96, "groups": "some"}, "PASS", "holds for 1 of 2"),
        ({"at_least": None, "above": 98, "groups": "some"}, "FAIL", "holds for 0 of 2"),
        ({"at_least": None, "at_most": 98}, "PASS", "98 (config 1)"),
        ({"at_least": None, "below": 98}, "FAIL", "holds for 1 of 2"),
        ({"at_most": 97}, "FAIL", "holds for 1 of 2"),
        ({"per": None, "at_least": 97}, "PASS", "97"),
        ({"per": None, "reduce": "min", "at_least": 97}, "FAIL", "96"),
        ({"per": None, "reduce": "max", "at_least": None, "equals": 98}, "PASS", "98"),
        ({"select": {"method": "bad"}}, "FAIL", "90 (config 0) to 97 (config 1); holds for 1 of 2"),
        ({"minus": {"select": {"method": "bad"}}, "at_least": 1}, "PASS", "1 (config 1) to 6"),
        ({"minus": {"select": {"method": "bad"}}, "at_least": 2}, "FAIL", "holds for 1 of 2"),
    ],
)  # fmt: skip
def test_a_claim_passes_exactly_where_its_numbers_keep_the_bound(
    fields: dict[str, Any], status: str, measured: str, workspace: Path
) -> None:
    found = verdict(claim(**fields), workspace)
    assert found.status == status
    assert measured in found.measured


def test_a_verdict_says_what_was_expected_and_of_which_rows(workspace: Path) -> None:
    found = verdict(claim(), workspace)
    assert found.expected == "at least 95 for every config"
    assert found.evidence == "summary.csv: score, method good, config 0 1"


@pytest.mark.parametrize(
    ("spec", "reason"),
    [(SMOKE, "needs the full profile"), ({**FULL, "traces": "x"}, "needs the built-in traffic")],
)
def test_another_scale_or_traffic_never_passes_a_claim_of_the_full_profile(
    spec: Any, reason: str, workspace: Path
) -> None:
    write_json(workspace / "spec.json", spec)
    found = verdict(claim(), workspace)
    assert (found.status, found.measured) == ("NOT RUN", reason)
    assert verdict(claim(profile="any"), workspace).status == "PASS"
    assert verdict(claim(file=RESULTS, at_least=None, tolerance=0), workspace).status == "NOT RUN"


def test_a_profile_with_fewer_seeds_is_not_the_full_one(workspace: Path) -> None:
    methods = {**FULL["profile"]["methods"], "seeds": [0]}
    write_json(
        workspace / "spec.json", {**FULL, "profile": {**FULL["profile"], "methods": methods}}
    )
    assert verdict(claim(), workspace).status == "NOT RUN"


def test_a_claim_of_a_family_asks_for_the_scale_of_its_own_part(workspace: Path) -> None:
    aggregates = workspace.parent / "aggregates"
    (aggregates / "alloc_summary.csv").write_bytes((aggregates / "summary.csv").read_bytes())
    of_family = claim(file="alloc_summary.csv")
    small, full = SMOKE["profile"]["families"], FULL["profile"].get("families", {})
    for slice_part, families, passed in (
        (FULL, full, {"summary.csv", "alloc_summary.csv"}),
        (SMOKE, full, {"alloc_summary.csv"}),
        (FULL, {**full, "alloc": small["alloc"]}, {"summary.csv"}),
    ):
        profile = {**slice_part["profile"], "families": families}
        write_json(workspace / "spec.json", {**slice_part, "profile": profile})
        found = [verdict(one, workspace) for one in (claim(), of_family)]
        assert {one.claim.file for one in found if one.status == "PASS"} == passed


@pytest.mark.parametrize(("per", "status"), [("seed", "PASS"), ("config", "NOT RUN")])
def test_what_is_subtracted_may_have_more_seeds_alone(
    per: str, status: str, workspace: Path
) -> None:
    rows = "".join(f"{method},{one},1\n" for method, one in (("a", 0), ("b", 0), ("b", 1)))
    (workspace.parent / "aggregates" / "main.csv").write_text(f"method,{per},score\n{rows}")
    chosen = {"select": {"method": "a"}, "minus": {"select": {"method": "b"}}}
    bound = {"at_least": None, "equals": 0, "tolerance": None}
    found = verdict(claim(file="main.csv", per=[per], **chosen, **bound), workspace)
    assert found.status == status, found.measured


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"file": "pairs.csv"}, "pairs.csv is missing"),
        ({"column": "loss"}, "summary.csv has no column loss"),
        ({"select": {"against": "bad"}}, "summary.csv has no column against"),
        ({"select": {"config": [0, 1, 2, 3]}}, "has no row for config 2 and 1 more"),
        ({"select": {"method": ["good", "ugly"], "config": 0}}, "no row for method ugly, config 0"),
        ({"minus": {"select": {"method": "bad", "config": 0}}}, "has no row for config 1"),
        ({"minus": {"file": "main.csv", "select": {}}}, "main.csv is missing"),
        ({"select": {"score": None}}, "has no such row"),
    ],
)
def test_what_is_missing_is_named_and_nothing_passes(
    fields: dict[str, Any], reason: str, workspace: Path
) -> None:
    found = verdict(claim(**fields), workspace)
    assert found.status == "NOT RUN"
    assert reason in found.measured


def test_an_empty_number_is_no_number(workspace: Path) -> None:
    write_scores(workspace.parent / "aggregates", SCORES.replace({"score": {96.0: None}}))
    found = verdict(claim(), workspace)
    assert found.status == "NOT RUN"
    assert "score is empty in the row of method good, config 0" in found.measured


def test_an_edited_table_is_refused_in_one_line(workspace: Path) -> None:
    write_scores(workspace.parent / "aggregates", SCORES.replace({"score": {96.0: "good"}}))
    with pytest.raises(InputError, match="score must hold numbers only"):
        verdict(claim(), workspace)
    (workspace.parent / "aggregates" / "summary.csv").write_text("")
    with pytest.raises(InputError, match="cannot be read as CSV"):
        verdict(claim(), workspace)


@pytest.mark.parametrize(
    ("shift", "status", "measured"),
    [
        (0.0, "PASS", "2 of 2 bitwise equal to the reference"),
        (0.5, "PASS", "1 of 2 bitwise equal to the reference, the others off by at most 0.5"),
        (1.5, "FAIL", "the others off by at most 1.5"),
    ],
)
def test_fresh_numbers_must_be_close_to_the_reference(
    shift: float, status: str, measured: str, workspace: Path
) -> None:
    write_scores(
        workspace.parent / "reference" / "aggregates",
        SCORES.replace({"score": {98.0: 98.0 + shift}}),
    )
    found = verdict(claim(tolerance=1), workspace)
    assert found.status == status
    assert measured in found.measured
    assert verdict(claim(), workspace).status == "PASS"


def test_without_a_reference_there_is_nothing_to_compare_with(workspace: Path) -> None:
    found = verdict(claim(tolerance=1), workspace)
    assert (found.status, "nothing in the reference" in found.measured) == ("PASS", True)


@pytest.mark.parametrize(
    ("loss", "status", "measured"),
    [
        (0.5, "PASS", "2 of 2 runs bitwise equal to the reference"),
        (
            0.55,
            "PASS",
            "1 of 2 runs bitwise equal to the reference; loss off by at most 0.05 (run1)",
        ),
        (0.7, "FAIL", "loss off by at most 0.2 (run1)"),
    ],
)
def test_runs_are_compared_byte_by_byte_and_then_by_their_losses(
    loss: float, status: str, measured: str, workspace: Path
) -> None:
    logs = workspace.parent / "reference" / "logs"
    for name, value in (("run0", 0.5), ("run1", loss)):
        write_run(workspace / "runs" / name, value, f"digest of {value}")
        write_run(logs / "runs" / name, 0.5, "digest of 0.5")
    write_run(workspace / "runs" / "only-here", 9.0, "0")
    found = verdict(claim(**REPEAT), workspace)
    assert found.status == status
    assert measured in found.measured


def test_the_reference_is_no_repetition_of_itself(workspace: Path) -> None:
    logs = workspace.parent / "reference" / "logs"
    write_json(logs / "spec.json", FULL)
    write_run(logs / "runs" / "run0", 0.5, "0")
    aggregates = workspace.parent / "aggregates"
    claims = [claim(**REPEAT), claim(tolerance=0)]
    one, other = check(claims, aggregates, logs, logs.parent)
    assert (one.status, one.measured) == ("NOT RUN", "needs a fresh run beside the reference")
    assert (other.status, "bitwise" in other.measured) == ("PASS", False)


@pytest.mark.parametrize(
    ("fields", "status", "measured"),
    [
        ({}, "PASS", "98; on configuration 1 alone"),
        ({"at_least": 99}, "FAIL", "98; on configuration 1 alone"),
        ({"minus": {"select": {"method": "bad", "config": [0, 1]}}, "at_least": 1}, "PASS", "1;"),
        ({"groups": "some"}, "NOT RUN", "has no row for method good"),
        ({"per": None}, "NOT RUN", "has no row for method good"),
        ({"select": {"method": "good", "config": [0]}}, "NOT RUN", "has no row for"),
    ],
)
def test_a_claim_on_each_configuration_is_checked_on_those_that_a_profile_of_full_scale_has(
    fields: dict[str, Any], status: str, measured: str, workspace: Path
) -> None:
    fewer = {**FULL, "profile": {**FULL["profile"], "configs": [1, 5]}}
    write_json(workspace / "spec.json", fewer)
    write_scores(workspace.parent / "aggregates", SCORES[SCORES["config"] == 1])
    found = verdict(claim(**fields), workspace)
    assert found.status == status
    assert measured in found.measured
