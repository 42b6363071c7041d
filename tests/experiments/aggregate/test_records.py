"""What a run's files say is checked once: a line names the file, the field and the value."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from difsched.errors import InputError
from experiments.aggregate.records import record
from experiments.aggregate.results import read_run
from experiments.paths import LOGS

RUN = LOGS / "runs" / "main-equal-slice0-s0"


@dataclass(frozen=True)
class Inner:
    n: int


@dataclass(frozen=True)
class Outer:
    name: str
    share: float | None
    inner: Inner
    losses: Mapping[str, float]
    many: tuple[Inner, ...]
    more: int = 7
    perhaps: Inner | None = None


GOOD: dict[str, Any] = {
    "name": "x",
    "share": None,
    "inner": {"n": 1, "unused": 2},
    "losses": {"equal": 1},
    "many": [{"n": 2}, {"n": 3}],
    "unused": True,
}


def test_a_record_has_its_own_fields_and_leaves_out_the_others() -> None:
    made = record(Outer, GOOD)
    assert made == Outer("x", None, Inner(1), {"equal": 1}, (Inner(2), Inner(3)))
    assert record(Outer, {**GOOD, "more": 8}).more == 8


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"name": 3}, "name = 3: must be text"),
        ({"share": "x"}, "share = 'x': must be a number or null"),
        ({"inner": 3}, "inner = 3: must be a mapping of fields"),
        ({"inner": {"n": True}}, "inner.n = True: must be a whole number"),
        ({"inner": {"n": 1.5}}, "inner.n = 1.5: must be a whole number"),
        ({"inner": {}}, "inner.n is missing"),
        ({"losses": {"equal": None}}, "losses.equal = None: must be a number"),
        ({"losses": []}, r"losses = \[\]: must be a mapping"),
        ({"many": {}}, "many = {}: must be a list"),
        ({"many": [{"n": 2}, {"n": "3"}]}, r"many\[1\].n = '3': must be a whole number"),
    ],
)
def test_a_field_of_another_type_is_refused(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError, match=f"^{line}$"):
        record(Outer, {**GOOD, **changes})


def test_a_record_may_be_left_out() -> None:
    assert record(Outer, GOOD).perhaps is None
    assert record(Outer, GOOD | {"perhaps": None}).perhaps is None
    assert record(Outer, GOOD | {"perhaps": {"n": 4}}).perhaps == Inner(4)
    with pytest.raises(InputError, match=r"perhaps\.n = 'x': must be a whole number"):
        record(Outer, GOOD | {"perhaps": {"n": "x"}})


def test_a_run_is_read_with_every_measure_of_its_family() -> None:
    run = read_run(RUN)
    assert (run.key.run, run.key.method, run.key.config) == (RUN.name, "equal", 0)
    assert run.result is not None
    assert list(run.result.means) == ["loss", "qos_met", "starved", "jain"]
    assert list(run.result.by_episode) == ["loss", "starved", "jain"]
    assert len(run.result.distributions["user_loss"].mean) == 101


@pytest.mark.parametrize(
    ("file", "changes", "line"),
    [
        ("config.json", {"seed": "0"}, "seed = '0': must be a whole number"),
        ("config.json", {"family": "slise"}, "family = 'slise': must be one of"),
        ("config.json", {"environment": {"B": -1}}, "B = -1"),
        ("result.json", {"jain": None}, "jain = None: must be a number"),
        ("result.json", {"loss_by_episode": 3}, "loss_by_episode = 3: must be a list"),
        ("result.json", {"user_loss_error": [1, ""]}, r"user_loss_error\[1\] = '': must be a num"),
        ("result.json", {"not_served": 1}, "not_served = 1: must be text"),
    ],
)
def test_a_run_that_says_something_else_is_refused_in_a_line(
    file: str, changes: dict[str, Any], line: str, tmp_path: Path
) -> None:
    folder = tmp_path / RUN.name
    shutil.copytree(RUN, folder)
    values = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps({**values, **changes}))
    with pytest.raises(InputError, match=rf"{RUN.name}/{file}: .*{line}"):
        read_run(folder)
