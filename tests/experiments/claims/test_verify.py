"""``verify``: what it looks at, what it prints and how it ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from difsched.errors import InputError
from difsched.published import VARIABLE
from difsched.utils.files import sha256, write_json
from experiments.claims import verify
from experiments.runs import locations
from experiments.runs.run import RECORD, WEIGHTS, write_manifest
from tests.fake_claims import SMOKE, claim, make_workspace, write_run, write_scores

Verify = Callable[..., int]
#: CSV files that a call would make again; each test begins with none.
OUTDATED: set[str] = set()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return make_workspace(tmp_path)


@pytest.fixture
def call(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Verify:
    """Return ``verify`` on the workspace, with claims of our own.

    What of it a call would make again, Snakemake's dry run tells where workflows are tested: here
    it is nothing.
    """
    monkeypatch.setattr(verify, "outdated", lambda spec: OUTDATED)
    OUTDATED.clear()
    monkeypatch.setattr(locations, "WORK", workspace.parent)
    monkeypatch.setattr(locations, "AGGREGATES", workspace.parent / "made")
    write_scores(workspace.parent / "made" / workspace.name)

    def run(*argv: str, **fields: Any) -> int:
        monkeypatch.setattr(verify, "load", lambda: [claim(**fields)])
        return verify.main(list(argv))

    return run


def test_verify_succeeds_only_where_something_passes_and_nothing_fails(
    call: Verify, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call() == 0
    assert (
        "PASS     good: 96 (config 0) to 98 (config 1) | expected at least"
        in capsys.readouterr().out
    )
    assert call(at_least=99) == 1
    assert "1 claims: 0 PASS, 1 FAIL, 0 NOT RUN" in capsys.readouterr().out
    assert call(file="pairs.csv") == 1
    assert "1 claims: 0 PASS, 0 FAIL, 1 NOT RUN" in capsys.readouterr().out


def test_a_table_of_other_settings_or_code_proves_nothing(
    call: Verify, capsys: pytest.CaptureFixture[str]
) -> None:
    OUTDATED.add("summary.csv")
    assert call() == 1
    assert "NOT RUN  good: summary.csv" in capsys.readouterr().out


def test_verify_never_calls_a_statement_against_the_evidence_a_passed_claim(
    call: Verify, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(supported=False, finding="It is.") == 0
    out = capsys.readouterr().out
    assert "PASS     not supported: good" in out
    assert "0 claims: 0 PASS" in out
    assert "1 findings against statements that are not supported: 1 PASS" in out


def test_a_run_that_tested_other_weights_than_the_tables_have_fails(
    call: Verify, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = {"main-bc-slice0-s0": "1"}
    write_json(workspace / "runs" / "transfer-slice0-slice2" / "config.json", {"inputs": inputs})
    trained = workspace / "runs" / "main-bc-slice0-s0"
    write_json(trained / "config.json", {"method": "bc"})
    for checksum, status in (("1", 0), ("2", 1)):
        write_json(trained / RECORD, {"files": {}, "omitted": {WEIGHTS: checksum}})
        assert call() == status
    said = (
        "FAIL     run transfer-slice0-slice2 tested other weights than those of main-bc-slice0-s0"
    )
    assert capsys.readouterr().out.count(said) == 1


def test_logs_that_were_left_out_are_listed_and_fail(
    call: Verify, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workspace.parent / "made" / workspace.name / "excluded.csv"
    path.write_text("run,reason\n")
    assert call() == 0
    path.write_text("run,reason\nmain-dql-slice0-s1,is missing\n")
    assert call() == 1
    out = capsys.readouterr().out
    assert "FAIL     log main-dql-slice0-s1 is missing" in out
    assert "1 logs missing or changed" in out


def test_a_log_edited_after_its_run_fails(
    call: Verify, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = workspace / "runs" / "main-dql-slice0-s0"
    write_run(run, 0.5, "")
    write_json(run / "config.json", {})
    files = {"config.json": sha256(run / "config.json")}
    write_json(run / RECORD, {"run": run.name, "files": files, "settings": ""})
    write_manifest(workspace / "manifests" / "main-dql-slice0.json", [run])
    assert call() == 0
    write_run(run, 0.4, "not its digest")
    assert call() == 1
    assert "log main-dql-slice0-s0 is incomplete" in capsys.readouterr().out
    (workspace / "manifests" / "main-dql-slice0.json").write_text("{")
    assert call() == 1
    assert "log main-dql-slice0 its manifest is damaged" in capsys.readouterr().out


def test_the_workspace_used_last_is_checked_unless_a_profile_is_named(
    call: Verify, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    smoke = workspace.parent / "smoke-builtin"
    write_json(smoke / "spec.json", SMOKE)
    write_scores(workspace.parent / "made" / smoke.name)
    assert call() == 1
    assert "NOT RUN  good: needs the full profile" in capsys.readouterr().out
    assert call("--profile", "full") == 0
    (workspace / "manifests").mkdir()
    assert call() == 0
    with pytest.raises(InputError, match="--profile 'x': must be one that was run: full, smoke"):
        call("--profile", "x")


@pytest.mark.parametrize(
    "argv", [["--bogus"], ["table2"], ["--profile"], ["--reference", "--profile", "full"]]
)
def test_wrong_arguments_of_verify_are_told_in_one_line(argv: list[str], call: Verify) -> None:
    with pytest.raises(InputError) as error:
        call(*argv)
    assert "\n" not in str(error.value)


def test_nothing_to_check_is_told_in_one_line(
    call: Verify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locations, "WORK", tmp_path / "nowhere")
    monkeypatch.setattr(locations, "LOGS", tmp_path / "nowhere")
    with pytest.raises(InputError, match="nothing was run yet"):
        call()
    with pytest.raises(InputError, match="there is no reference"):
        call("--reference")


def test_the_reference_is_checked_by_tables_made_from_its_logs(
    call: Verify, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Path] = []

    def aggregate(logs: Path, out: Path) -> None:
        calls.append(logs)
        write_scores(out)

    monkeypatch.setattr(locations, "LOGS", workspace)
    monkeypatch.setattr(verify, "aggregate", aggregate)
    monkeypatch.setenv(VARIABLE, str(workspace / "models"))
    assert call("--reference") == 0
    assert calls == [workspace]
    assert call("--reference", at_least=99) == 1
