"""Tables of families that are not the slice, from run folders that nobody trained."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from difsched.baselines.registry import methods
from difsched.family import FAMILIES, Family
from difsched.run_ids import main_run
from difsched.utils.files import write_json
from experiments.aggregate.columns import columns_of, write_tables
from experiments.aggregate.tables import family_tables
from experiments.paths import ROOT
from experiments.products import FURTHER, MORE_TABLES, TABLES, family_tables_of, tables_of
from experiments.provenance.fingerprint import code_of
from experiments.runs.run import append_metrics, track, write_manifest
from experiments.runs.workspace import Workspace
from experiments.studies import FAMILY_STUDIES

MEASURES = {
    f"{metric.name}{end}"
    for family in FURTHER
    for metric in FAMILIES[family].measures
    for end in ("", "_half_width")
}
CODE = code_of("difsched.errors")
#: Method -> mean loss, such that the learner scores 75.
LOSSES = {"equal": -0.2, "dql_set": -0.5, "oracle": -0.6}
SEEDS = {"rules": [0], "learned": [0, 1, 2]}
GROUPS = {"rules": ["equal", "oracle"], "learned": ["dql_set"]}
#: Family -> two of its configurations, of which the learner cannot serve the second.
CONFIGS = {"toy": [3, 5], "alloc": [2, 6]}


def episodes_of(config: int) -> int:
    """Return the number of test episodes: not every configuration has as many."""
    return 6 + config


def result(family: Family, method: str, config: int, seed: int) -> dict[str, object]:
    """Return what `Scores.summary` makes; the means of other measures are 0.25."""
    around = np.random.default_rng(config).normal(0, 0.01, episodes_of(config))
    episodes = {metric.name: 0.25 + around for metric in family.metrics if metric.name != "waste"}
    episodes["loss"] = LOSSES[method] + around - around.mean()
    if method == "dql_set":
        episodes["loss"] += 0.01 * (seed - 1)
    kept = {one.name for one in family.measures if one.by_episode}
    return {
        "information": None,
        **{name: float(values.mean()) for name, values in episodes.items()},
        **{f"{name}_by_episode": episodes[name].tolist() for name in episodes if name in kept},
    }


def run(folder: Path, family: Family, method: str, config: int, seed: int) -> Path:
    """Write a run, complete."""
    recorded = {"method": method, "family": family.name, "config": config, "seed": seed}
    environment = family.load(config).to_dict()

    def body(place: Path) -> float | None:
        if (method, config) == ("dql_set", CONFIGS[family.name][1]):
            write_json(place / "result.json", {"not_served": "too many"})
            return None
        write_json(place / "result.json", result(family, method, config, seed))
        cost = {"fit_cpu_seconds": 1.5, "decide_ms_p50": 0.1, "decide_ms_p99": 0.2}
        write_json(place / "cost.json", cost)
        if method == "dql_set":
            point = {metric.name: 0.5 for metric in family.metrics}
            append_metrics(place, {"amount": 10, "loss": 0.1, "windows": 40, "losses": {}} | point)
        return None

    name = main_run(method, family.name, config, seed)
    return track("main", folder, name, {**recorded, "environment": environment}, body, CODE)


def workspace(folder: Path, families: Mapping[str, Family]) -> Workspace:
    """Write a workspace with the main matrix of every family."""
    parts = {
        name: {"configs": CONFIGS[name], "groups": GROUPS, "seeds": SEEDS} for name in families
    }
    write_json(folder / "spec.json", {"profile": {"families": parts}})
    made = Workspace(folder)
    for name, family in families.items():
        for config in CONFIGS[name]:
            for group, members in GROUPS.items():
                runs = [
                    run(folder, family, method, config, seed)
                    for method in members
                    for seed in SEEDS[group]
                ]
                write_manifest(made.manifest_path(group, name, config), runs)
            card = {"family": name, "dataset": {"behaviour": "random"}, "entities": 4}
            card |= {"windows": 400, "episode_length": 20, "behaviour_loss": 0.3, "sha256": "0"}
            write_json(made.card_path(name, config), card)
    return made


@pytest.fixture
def tables(toy: Family, tmp_path: Path) -> dict[str, pd.DataFrame]:
    """The CSV files of two families, read."""
    space = workspace(tmp_path, {"toy": toy, "alloc": FAMILIES["alloc"]})
    for name in CONFIGS:
        made = family_tables(name, space)
        assert list(made) == [f"{name}_{table}" for table in family_tables_of(name)]
        write_tables(made, tmp_path / "csv")
    return {path.stem: pd.read_csv(path) for path in sorted((tmp_path / "csv").iterdir())}


def test_every_family_but_the_slice_has_tables_of_its_own() -> None:
    assert set(FURTHER) == set(FAMILIES) - {"slice"}
    for family in FURTHER:
        assert tables_of(family) == [f"{family}_{name}" for name in family_tables_of(family)]
        assert ("groups" in family_tables_of(family)) == (FAMILIES[family].group is not None)
    assert TABLES["alloc_main"].runs == ("dataset_alloc", "main_alloc")


@pytest.mark.parametrize("family", CONFIGS)
def test_measures_are_the_familys_own_and_scores_stand_on_its_references(
    family: str, tables: dict[str, pd.DataFrame]
) -> None:
    main = tables[f"{family}_main"]
    names = [metric.name for metric in FAMILIES[family].measures]
    assert list(main.columns[5:]) == ["information", *names, "score", "not_served"]
    assert "qos_met" not in main
    refused = main[main["not_served"].notna()]
    assert set(refused["method"]) == {"dql_set"} and len(refused) == len(SEEDS["learned"])
    assert refused[["loss", "score"]].isna().all(axis=None)

    first, _ = CONFIGS[family]
    summary = tables[f"{family}_summary"].set_index(["method", "config"])
    row = summary.loc[("dql_set", first)]
    assert row["score"] == pytest.approx(75)
    assert row["score_seeds"] == pytest.approx(stats.t.ppf(0.975, 2) * 2.5 / np.sqrt(3))
    assert (row["seeds"], row["episodes"]) == (3, episodes_of(first))
    assert summary.loc[("equal", first), "score"] == 0
    assert summary.loc[("oracle", first), "score"] == 100
    for metric in FAMILIES[family].metrics:
        told = metric.name != "waste"  # which no result has
        assert (row[metric.name] == pytest.approx(0.25, abs=0.02)) == told
        assert (row[f"{metric.name}_half_width"] > 0) == (told and metric.by_episode)


@pytest.mark.parametrize("family", CONFIGS)
def test_losses_are_compared_and_scores_reduced_within_the_family(
    family: str, tables: dict[str, pd.DataFrame]
) -> None:
    pairs = tables[f"{family}_pairs"].set_index(["config", "method", "against"])
    assert set(tables[f"{family}_pairs"]["family"]) == {family}
    assert len(pairs) == 3 + 1  # three methods, and two without the learner
    one, other = CONFIGS[family]
    known = [name for name in methods(family) if name in ("equal", "dql_set")]
    row = pairs.loc[(one, *known)]
    assert abs(row["difference"]) == pytest.approx(0.3)
    assert row["low"] < row["difference"] < row["high"]
    assert (other, "equal", "oracle") in pairs.index
    overall = tables[f"{family}_overall"].set_index(["method", "statistic"])
    assert overall.loc[("dql_set", "iqm"), ["value", "configs"]].tolist() == [
        pytest.approx(75, abs=2),
        1,
    ]
    assert overall.loc[("equal", "improvement"), "value"] == 1
    assert overall.loc[("equal", "mean"), ["value", "low", "high", "configs"]].tolist() == [
        0,
        0,
        0,
        2,
    ]
    assert "oracle" not in overall.index.get_level_values(0)


def test_datasets_costs_and_curves_are_told_by_family(tables: dict[str, pd.DataFrame]) -> None:
    first = tables["alloc_datasets"].iloc[0]
    assert first["name"] == "leontief_3x5"
    assert first[["zero", "hundred", "certified"]].tolist() == ["equal", "oracle", True]
    assert first[["loss_zero", "loss_hundred"]].tolist() == pytest.approx([-0.2, -0.6])
    assert tables["toy_datasets"]["name"].tolist() == CONFIGS["toy"]
    assert (tables["toy_costs"].groupby("method")["fit_cpu_seconds"].count() == [3, 2, 2]).all()
    assert tables["alloc_curves"]["unit"].unique().tolist() == ["gradient steps"]
    assert len(tables["alloc_curves"]) == len(SEEDS["learned"])
    for metric in FAMILIES["alloc"].metrics:
        assert (tables["alloc_curves"][metric.name] == 0.5).all()


def test_a_family_that_a_profile_leaves_out_has_tables_without_rows(tmp_path: Path) -> None:
    write_json(tmp_path / "spec.json", {"profile": {}})
    write_tables(family_tables("mlb", Workspace(tmp_path)), tmp_path)
    read = {path.stem: pd.read_csv(path) for path in tmp_path.glob("*.csv")}
    assert sorted(read) == sorted(tables_of("mlb"))
    assert all(table.empty for table in read.values())
    assert {"loss", "handovers", "handovers_half_width"} <= set(read["mlb_summary"])


def test_the_data_dictionary_has_the_columns_of_further_families(
    tables: dict[str, pd.DataFrame],
) -> None:
    text = (ROOT / "artifacts" / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Tables of further families")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    explained = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    added = [f"{family}_{name}" for family, names in MORE_TABLES.items() for name in names]
    every = {name for table in (*added, *FAMILY_STUDIES) for name in columns_of(table)}
    more = {name for name in every if name not in MEASURES}
    assert explained == {*tables["toy_datasets"].columns, *more}


def test_tails_and_successes_are_told_over_seeds(tables: dict[str, pd.DataFrame]) -> None:
    risk = tables["alloc_risk"].set_index(["method", "config"])
    row = risk.loc[("dql_set", 2)]
    assert row["success"] == 1 and risk.loc[("equal", 2), "success"] == 0
    assert row["cvar_95"] == row["cvar_99"] > -0.5  # of eight episodes both are the worst
    assert (row["seeds"], row["episodes"], row["goal"]) == (3, 8, 50)
    assert row["reached"] == 0 and np.isnan(row["amount"])
    assert np.isnan(risk.loc[("oracle", 2), "reached"])
