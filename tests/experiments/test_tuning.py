"""Tuning: as many trials for every learner, on windows that are no test windows, all on record."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from difsched.baselines.method import Task
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import METHODS, find, methods
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.family import FAMILIES
from experiments.tuning import command
from experiments.tuning.choice import choice
from experiments.tuning.space import FILE, Spaces

#: What learns from more data, or again, by the settings of what it is made of is tuned as that.
DERIVED = re.compile("_(relabel|noise|cf|space|support|floor)$")
LEARNERS = [one.name for one in METHODS.values() if one.training and not DERIVED.search(one.name)]


def test_every_learner_has_a_space_and_as_many_trials() -> None:
    spaces = Spaces.load()
    known = {name: one for family in FAMILIES for name, one in methods(family).items()}
    trained = {n for n, one in known.items() if one.training and not DERIVED.search(n)}
    assert set(spaces.methods) == trained
    assert set(spaces.families) == set(FAMILIES)
    for name in LEARNERS:
        trials = [spaces.trial(find(name), "slice", number) for number in range(spaces.trials)]
        assert trials[0] == {} and len({json.dumps(one) for one in trials}) == spaces.trials
        assert set(trials[1]) == set(spaces.fields(find(name), "slice"))
        assert trials == [spaces.trial(find(name), "slice", n) for n in range(spaces.trials)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"trials": 0}, "trials = 0"),
        ({"colour": 1}, "must have the sections"),
        ({"shared": {"learning_rate": [1]}}, "learning_rate: must begin with model or training"),
        ({"shared": {"model.eta": []}}, "shared.model.eta"),
        ({"families": {"slice": {"configs": [0, 0], "n_windows": 20}}}, "families.slice.configs"),
        ({"methods": {"det_set": {"model.colour": [1]}}}, "methods.det_set = 'model.colour'"),
        ({"methods": {"det_set": {"model.hidden": [32]}}, "shared": {}}, "have 1 combinations"),
    ],
)
def test_a_space_that_makes_no_sense_is_refused_in_a_line(
    change: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "spaces.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(FILE.read_text()) | change))
    with pytest.raises(InputError) as error:
        Spaces.load(path).trial(find("det_set"), "slice", 1)
    assert reason in str(error.value) and "\n" not in str(error.value)


def test_validation_windows_are_no_test_windows() -> None:
    config = FAMILIES["alloc"].load("leontief_3x5")
    validation, test = (reference_losses(config, None, 40, split) for split in ("train", "test"))
    assert validation.keys() == test.keys() and validation != test
    again = evaluate(find("equal", "alloc").fit(Task(config)), config, None, 40, split="train")
    assert np.isclose(again.loss.mean(), validation["equal"])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Spaces:
    values = yaml.safe_load(FILE.read_text())
    values |= {"trials": 2, "families": {"alloc": {"configs": [2], "n_windows": 40}}}
    values["shared"] = {"training.gradient_steps": [2, 3]}
    path = tmp_path / "spaces.yaml"
    path.write_text(yaml.safe_dump(values))
    spaces = Spaces.load(path)
    monkeypatch.setattr(Spaces, "load", lambda: spaces)
    monkeypatch.setattr(command, "TUNED", tmp_path / "tuning")
    monkeypatch.setattr(command, "FOLDER", tmp_path / "work")
    monkeypatch.setattr(command, "DEFAULT_PROFILE", "smoke")
    return spaces


def test_trials_are_made_once_and_all_of_them_are_on_record(
    small: Spaces, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "work"
    words = ["det_set", "--family", "alloc", "--jobs", "1"]
    assert command.main(words) == 0
    first = (tmp_path / "tuning" / "alloc_det_set.csv").read_bytes()
    made = {path: path.stat().st_mtime_ns for path in folder.glob("runs/tune-*/complete.json")}
    assert {path.parent.name for path in made} == {f"tune-t0{n}-det_set-alloc2" for n in (0, 1)}
    assert command.main(words) == 0
    assert (tmp_path / "tuning" / "alloc_det_set.csv").read_bytes() == first
    assert made == {path: path.stat().st_mtime_ns for path in made}
    rows = pd.read_csv(tmp_path / "tuning" / "alloc_det_set.csv")
    assert rows["trial"].tolist() == [0, 1] and rows["score"].notna().all()
    values = small.trial(find("det_set", "alloc"), "alloc", 1)
    assert json.loads(rows["values"][1]) == values and values["training.gradient_steps"] in (2, 3)
    out = capsys.readouterr().out
    assert "2 trials in" in out and "as they are" in out


def test_what_cannot_be_tuned_is_refused(small: Spaces) -> None:
    for words, reason in (
        (["equal", "--family", "alloc"], "method = 'equal'"),
        (["det_set", "--family", "slice"], "--family = 'slice'"),
        (["det_set", "--family", "alloc", "--jobs", "0"], "--jobs = 0"),
    ):
        with pytest.raises(InputError, match=reason):
            command.main(words)


def trials(*results: tuple[float, float]) -> pd.DataFrame:
    rows = [
        {"trial": number, "loss": 1.0, "score": score, "seconds": seconds, "values": "{}"}
        for number, (score, seconds) in enumerate(results)
    ]
    return pd.DataFrame(rows).assign(method="cql")


@pytest.mark.parametrize(
    ("results", "number"),
    [
        ([(96.0, 9.0), (96.5, 1.0), (50.0, 1.0)], 0),
        ([(96.0, 9.0), (96.51, 9.0), (50.0, 1.0)], 1),
        ([(90.0, 1.0), (97.0, 30.0), (96.6, 20.0), (96.4, 10.0)], 2),
    ],
)
def test_one_rule_chooses_settings(results: list[tuple[float, float]], number: int) -> None:
    assert choice(trials(*results)) == number
    assert choice(trials(*results).assign(method="dql")) == 0


RECORDS = sorted(command.TUNED.glob("*.csv"))


@pytest.mark.parametrize("path", RECORDS, ids=[path.stem for path in RECORDS])
def test_methods_have_the_settings_that_their_trials_chose(path: Path) -> None:
    family, name = path.stem.split("_", 1)
    rows = pd.read_csv(path)
    values = json.loads(rows.loc[rows["trial"] == choice(rows), "values"].iloc[0])
    settings = find(name, family).settings(0, {}, family)
    now = {
        f"{part}.{field}": value
        for part, one in settings.items()
        for field, value in one.to_dict().items()
    }
    assert {field: now[field] for field in values} == values
