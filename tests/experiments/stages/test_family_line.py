"""A further family through the stages: dataset, training, evaluation, records of its own."""

import argparse
from pathlib import Path

import pandas as pd
import pytest

from difsched.baselines.registry import methods
from difsched.errors import InputError
from difsched.family import FAMILIES
from difsched.utils.files import read_json, write_json
from experiments.aggregate.columns import write_tables
from experiments.aggregate.tables import family_tables
from experiments.products import FURTHER
from experiments.runs.run import is_complete
from experiments.runs.workspace import Workspace
from experiments.stages import dataset, train
from experiments.stages.prepare import prepare


def run_by(family: str) -> list[str]:
    """Return a rule and a learner."""
    return ["random" if "random" in methods(family) else "equal", "bc"]


def first_of(family: str) -> int:
    return FAMILIES[family].configurations()[0]


SPEC = {
    "traces": None,
    "profile": {
        "families": {
            family: {
                "configs": [first_of(family)],
                "groups": {"all": run_by(family)},
                "seeds": {"all": [0]},
                "datasets": {"n_windows": 400},
                "main": {
                    "evaluation": {"n_windows": 200},
                    "offline": {"gradient_steps": 3, "curve_points": 1, "batch_users": 64},
                },
            }
            for family in FURTHER
        }
    },
}


def made(folder: Path, family: str) -> Workspace:
    write_json(folder / "spec.json", SPEC)
    workspace, index = Workspace(folder), first_of(family)
    prepare(workspace, family, index)
    dataset.run(workspace, argparse.Namespace(family=family, config=index))
    train.run(workspace, argparse.Namespace(family=family, group="all", config=index))
    return workspace


@pytest.mark.parametrize("family", FURTHER)
def test_the_line_of_a_family_is_the_same_twice(family: str, tmp_path: Path) -> None:
    first, second = (made(tmp_path / name, family) for name in ("first", "second"))
    number = first_of(family)
    card = read_json(first.card_path(family, number))
    usual = first.problems(family).usual_recipe(number)
    assert card["family"] == family and card["dataset"]["behaviour"] == usual.behaviour
    assert read_json(second.card_path(family, number)) == card
    for method in run_by(family):
        run = f"main-{method}-{family}{number}-s0"
        folders = [workspace.run_path(run) for workspace in (first, second)]
        assert all(map(is_complete, folders))
        results = [read_json(folder / "result.json") for folder in folders]
        assert results[0] == results[1]
        assert results[0].keys() & {one.name for one in FAMILIES[family].metrics}
        assert len(results[0]["loss_by_episode"]) > 1
    assert (first.run_path(f"main-bc-{family}{number}-s0") / "metrics.jsonl").is_file()
    tables = family_tables(family, first)
    write_tables(tables, tmp_path)
    assert [row.measures.keys() for row in tables[f"{family}_summary"]] == [
        {name.removesuffix("_by_episode") for name in results[0]}
        & {one.name for one in FAMILIES[family].measures}
    ] * 2
    curves = pd.read_csv(tmp_path / f"{family}_curves.csv")
    assert curves["loss"].notna().all()
    if FAMILIES[family].group is not None:  # here a group is one entity
        by_group = pd.read_csv(tmp_path / f"{family}_group_curves.csv")
        assert set(by_group["number"]) == set(
            range(FAMILIES[family].entities(FAMILIES[family].load(number)))
        )
        for one in (metric.name for metric in FAMILIES[family].metrics if metric.by_group):
            means = by_group.groupby(["run", "amount"])[one].mean()
            assert means.to_numpy() == pytest.approx(curves[one].to_numpy())


@pytest.mark.parametrize("family", FURTHER)
def test_a_behaviour_that_a_family_has_not_is_refused(family: str, tmp_path: Path) -> None:
    write_json(tmp_path / "spec.json", SPEC)
    problems = Workspace(tmp_path).problems(family)
    problems.changes = {"behaviour": "clowns"}
    with pytest.raises(InputError, match=r"behaviour = 'clowns': must be "):
        problems.check([first_of(family)])
