"""Kills, damage and a failing machine, with stages that only write their files; two calls at once.

`bench chaos` does the same to the real stages, in many rounds.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.chaos import SHORT, report
from difsched.utils.files import read_json
from experiments.profiles.resolve import Spec
from experiments.workflow.snakemake import reason
from tests.chaos.faults import HARMS, kill_group, read_only, without_override
from tests.chaos.rounds import Chaos, Round
from tests.chaos.suite import Call, Suite
from tests.experiments.conftest import FAKE_STAGE, FAKE_STORE, FAKED

pytestmark = pytest.mark.slow

DATASET = Path("artifacts/work/chaos-builtin/datasets/subOptimalAgent_encConfig0.npz")
MANIFEST = Path("artifacts/work/chaos-builtin/manifests/main-bc-slice0.json")
TABLE = Path("paper/tables/table2.tex")


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """Return a suite of fake stages that has had its calm run."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    suite = Suite(tmp_path_factory.mktemp("chaos") / "suite", jobs=2)
    for folder, names in FAKED.items():
        for name in names:
            (suite.root / folder / f"{name}.py").write_text(FAKE_STAGE)
    (suite.root / "experiments" / "runs" / "run.py").write_text(FAKE_STORE)
    status, said = suite.call()
    assert status == 0, said
    yield suite
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def chaos(suite: Suite) -> Chaos:
    return Chaos(suite, suite.results(), seed=3, disk=False)


def test_after_a_kill_of_everything_the_same_call_ends_with_the_same_files(chaos: Chaos) -> None:
    chaos.suite.set_back("everything")
    call = Call(chaos.suite)
    assert call.until(lambda: call.finished() >= 2)
    assert kill_group(call)
    assert call.wait() == -signal.SIGKILL
    assert chaos.suite.results() != chaos.calm
    round = Round("kill", "all")
    chaos.recover(round)
    assert round.faults == []


def test_damaged_files_are_told_and_made_again_even_with_an_old_date(chaos: Chaos) -> None:
    for path in (DATASET, TABLE):
        file = chaos.suite.root / path
        date = file.stat().st_mtime_ns
        HARMS["flip"](file, np.random.default_rng(0))
        os.utime(file, ns=(date, date))
    assert chaos.suite.results() != chaos.calm
    status, said = chaos.suite.call()
    assert status == 0, said
    assert str(DATASET) in said.splitlines()[0]
    assert "done table2" in said
    assert chaos.suite.results() == chaos.calm


def test_the_second_of_two_calls_says_who_holds_the_lock(chaos: Chaos) -> None:
    chaos.suite.set_back("tables")
    first = Call(chaos.suite)
    assert first.until(lambda: first.group() > 0)
    status, said = chaos.suite.call()
    assert status == 3
    [line] = said.splitlines()
    assert f"process {first.process.pid} on" in line
    assert first.wait() == 0
    assert chaos.suite.results() == chaos.calm


def test_a_folder_that_cannot_be_written_is_one_line_with_the_file(chaos: Chaos) -> None:
    before = without_override()
    if before is None:
        pytest.skip("the superuser's right to write anywhere cannot be dropped here")
    manifest = chaos.suite.root / MANIFEST
    manifest.unlink()
    with read_only(manifest.parent):
        status, said = chaos.suite.call(before)
    assert status == 1
    assert f"{MANIFEST.name}: Permission denied" in said
    assert "Traceback" not in said
    round = Round("read-only folder", "manifests")
    chaos.recover(round)
    assert round.faults == []


@pytest.mark.parametrize("left", [b"", b"\xff{}", b"{}"])
def test_a_damaged_specification_is_written_anew(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "spec.json"
    path.write_bytes(left)
    Spec("tiny", {"profile": {}}, {}).write(path)
    assert read_json(path) == {"profile": {}}


def test_of_a_traceback_of_the_workflow_the_last_line_is_told() -> None:
    traced = 'Traceback (most recent call last):\n  File "a.py", line 3\nOSError: no space: a.txt\n'
    assert reason(traced) == "OSError: no space: a.txt"
    assert reason("first\nsecond\n") == "first\nsecond"


def test_a_wrong_result_is_never_let_pass(chaos: Chaos, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = chaos.calm | {str(TABLE): "0"}
    monkeypatch.setattr(chaos.suite, "results", lambda: wrong)
    for late, faults in ((None, 1), (DATASET, 1), (TABLE, 0)):
        round = Round("flip", "a file")
        chaos.judge(round, 0, "", [], late and chaos.suite.root / late)
        assert len(round.faults) == faults
    monkeypatch.setattr(chaos.suite, "results", lambda: {})
    round = Round("flip", "a file")
    chaos.judge(round, 0, "", [])
    assert "wrong results" in round.faults[0]


def test_the_table_counts_what_took_place_was_noticed_and_ended_right() -> None:
    rounds = [
        Round("flip", "flip a table"),
        Round("flip", "flip a log", noticed=False),
        Round("flip", "flip a dataset", hit=False),
        Round("Ctrl-C", "Ctrl-C", faults=["wrong results"]),
    ]
    rows = [line.split() for line in report(rounds, 5).splitlines()]
    assert rows[1:4] == [
        ["Ctrl-C", "1", "1", "1", "0"],
        ["flip", "3", "2", "1", "3"],
        ["all", "4", "3", "2", "3"],
    ]
    assert report(rounds, 5).endswith("not noticed: flip a log")


@pytest.mark.parametrize(
    ("status", "said", "faults"),
    [
        (1, "FAILED main bc slice0", 1),
        (1, "Traceback (most recent call last):\n data.npz is damaged", 1),
        (2, "data.npz is damaged", 0),
        (2, "another.npz is wrong", 1),
    ],
)
def test_a_failure_needs_a_reason(chaos: Chaos, status: int, said: str, faults: int) -> None:
    round = Round("flip", "a dataset")
    chaos.judge(round, status, said, ["data.npz"])
    assert len(round.faults) == faults


def test_ctrl_c_must_be_quick_and_say_what_is_kept(chaos: Chaos) -> None:
    for said, seconds, faults in (("kept in work", 1, 0), ("kept in work", 60, 1), ("bye", 1, 1)):
        round = Round("Ctrl-C", "Ctrl-C")
        chaos.check_stop(round, said, seconds)
        assert len(round.faults) == faults


def test_the_long_form_has_fifty_rounds_and_the_short_one_every_sort(chaos: Chaos) -> None:
    rounds = chaos.rounds()
    assert len(rounds) >= 50
    methods = Counter(getattr(part, "func", part).__name__ for part in rounds[:SHORT])  # type: ignore[attr-defined]
    assert set(methods) == {"kill", "damage", "full_disk", "read_only", "stale_locks"}
    assert methods["kill"] >= 3
