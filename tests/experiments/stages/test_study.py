"""Studies: variants from YAML, the data they learn from, and what a run of one records."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difsched.baselines.method import Task
from difsched.baselines.slice.behaviour_policies import ExpertsPolicy
from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.cli import slice_problem
from difsched.cli.slice_problem import SliceProblem
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.arrays import ARRAYS
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.link.sigmoid import success_probability
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Traffic, TrafficGenerator, load_traffic
from difsched.errors import InputError
from difsched.family import FAMILIES
from difsched.utils.files import read_json, write_json
from difsched.utils.seeding import rng, seed_sequence
from experiments.aggregate.studies import study_rows
from experiments.paths import LOGS
from experiments.products import experiments_behind
from experiments.profiles.resolve import resolve
from experiments.runs.workspace import Workspace
from experiments.stages import dataset, study, sub_agents, traffic
from experiments.studies.variants import Variant, chosen, left_out
from experiments.studies.variants import variants as listed

PROFILE = {
    "configs": [0],
    "datasets": {"n_windows": 400},
    "main": {
        "evaluation": {"n_windows": 40},
        "offline": {"gradient_steps": 3, "curve_points": 1},
    },
    "studies": {"ablation": {"configs": [0], "seeds": [0, 1], "only": ["base", "data_1000"]}},
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("studies")
    write_json(folder / "spec.json", {"traces": None, "traffic_id": "builtin", "profile": PROFILE})
    space = Workspace(folder)
    traffic.run(space, argparse.Namespace(dataflow="thumb_fr"))
    sub_agents.run(space, argparse.Namespace(agent=0))
    dataset.run(space, argparse.Namespace(family="slice", config=0))
    return space


def test_every_ablation_changes_something_and_has_words_for_it() -> None:
    for name, variant in listed("ablation").items():
        changes = [variant.model, variant.training, variant.environment, variant.dataset]
        assert any(changes) == (name != "base")
        assert variant.group and variant.label


def test_a_grid_has_every_combination_once() -> None:
    found = listed("payoff")
    assert len(found) == 3 * 2 * 2 * 2
    assert len({str(v.dataset) + str(v.environment) for v in found.values()}) == len(found)


def test_what_is_not_in_a_study_is_refused() -> None:
    with pytest.raises(InputError, match=r"studies\.ablation\.only = 'magic'"):
        chosen("ablation", ["magic"])
    with pytest.raises(InputError, match="study = 'magic'"):
        chosen("magic")


def test_a_variant_that_a_profile_leaves_out_is_named() -> None:
    names = [name for name in listed("ablation") if name != "mlp_long"]
    named = ["ablation: 1 variant not in this profile: mlp_long"]
    assert left_out({"ablation": names, "truth": None}) == named
    assert left_out({"truth": None}) == []


@pytest.mark.parametrize(
    ("product", "studies"),
    [
        ("table2", set()),
        ("table4", {"ablation"}),
        ("fig9", {"ablation"}),
        ("fig10", {"payoff"}),
        ("table5", {"truth"}),
        ("table11", {"fresh", "support"}),
        ("report", {"ablation", "fresh", "payoff", "support", "truth"}),
    ],
)
def test_the_variants_left_out_are_those_of_the_studies_behind_a_product(
    product: str, studies: set[str]
) -> None:
    smoke, behind = resolve("smoke", None).profile, experiments_behind(product)
    lines = left_out({name: one.only for name, one in smoke.studies.items() if name in behind})
    assert {line.split(":")[0] for line in lines} == studies


def test_an_unchanged_variant_learns_from_the_dataset_of_the_main_runs(
    workspace: Workspace,
) -> None:
    setting = study.Setting(workspace, Variant("base"), 0)
    main = OfflineDataset.load(workspace.dataset_path("slice", 0))
    for name in ARRAYS:
        assert np.array_equal(getattr(setting.data, name), getattr(main, name)), name


@pytest.mark.parametrize("change", [{"information": "perfect"}, {"channel_information": False}])
def test_study_and_command_collect_the_same_data_whatever_the_slice_shows(
    change: dict[str, Any], workspace: Workspace
) -> None:
    change = {**change, "sigmoid_k_list": [0.2, 0.4], "sigmoid_s_list": [10.0, 10.0]}
    setting = study.Setting(workspace, Variant("x", environment=change), 0)
    config = replace(ConfigManager().load_env_config(0), **change)
    fields = {name: getattr(setting.dataset, name) for name in ("n_windows", "episode_length")}
    data, card = SliceProblem(FAMILIES["slice"], "0", config).collect(**fields)
    assert card["environment"]["information"] == "predicted"
    assert card["environment"]["channel_information"]
    for name in ARRAYS:
        assert np.array_equal(getattr(setting.data, name), getattr(data, name)), name
    # A learner meets them as its slice shows them.
    seen = Task(config, setting.source, data=replace(data, card=card)).dataset
    assert not np.array_equal(seen.observation, data.observation)
    assert {name: seen.card["environment"][name] for name in change} == change


def committed(dataflow: str) -> Traffic:
    """Return the traffic of the paper: the bits of its forecasts differ between processors."""
    return Traffic.load(LOGS / "traffic" / f"{dataflow}.npz")


@pytest.mark.parametrize("dataflow", ["thumb_fr", "thumb_bk"])
def test_the_traffic_of_the_paper_is_made_again_but_for_rounding(dataflow: str) -> None:
    config = ConfigManager().load_env_config(0)
    made = load_traffic(dataflow, window_length=config.LEN_window, seed=config.randomSeed)
    for split in ("train", "test"):
        here, there = getattr(made, split), getattr(committed(dataflow), split)
        assert np.array_equal(here.packets, there.packets)
        assert np.allclose(here.forecast, there.forecast, rtol=0, atol=1e-6)


@pytest.mark.parametrize("index", range(8))
def test_the_datasets_of_the_paper_keep_their_bytes(
    index: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ConfigManager().load_env_config(index)
    monkeypatch.setattr(slice_problem, "slice_traffic", lambda config: committed(config.dataflow))
    data, card = SliceProblem(FAMILIES["slice"], str(index), config).collect()
    data.save(tmp_path / "d.npz", card)
    published = read_json(LOGS / "datasets" / f"subOptimalAgent_encConfig{index}.json")
    assert read_json(tmp_path / "d.json")["sha256"] == published["sha256"]


def test_a_short_profile_shortens_longer_data_only(workspace: Workspace) -> None:
    def windows(n: int) -> int:
        fields = {"n_windows": n, "episode_length": 20}
        return study.Setting(workspace, Variant("x", dataset=fields), 0).dataset.n_windows

    assert windows(20_000) == 400
    assert windows(200) == 200


def test_runs_of_a_variant_are_tracked_and_told_row_by_row(workspace: Workspace) -> None:
    for name in ("base", "data_1000"):
        study.run(workspace, argparse.Namespace(study="ablation", variant=name))
    rows = study_rows(workspace, "ablation")
    base = [row for row in rows if row.variant == "base"]
    assert [row.run.seed for row in base if row.field is None] == [0, 1]
    again = [row for row in base if row.field == "candidates" and row.value == 32]
    assert [row.loss for row in again] == [row.loss for row in base if row.field is None]
    result = read_json(
        workspace.folder / "runs" / "ablation-base-dql_set-slice0-s0" / "result.json"
    )
    equal, oracle = result["levels"]["equal"], result["levels"]["oracle"]
    assert base[0].score == pytest.approx(100 * (equal - base[0].loss) / (equal - oracle))
    assert oracle < equal


def test_a_study_of_a_family_tests_the_same_policy_under_other_conditions(tmp_path: Path) -> None:
    options = {"configs": [6], "seeds": [0], "only": ["stochastic"]}
    part = {"main": {"evaluation": {"n_windows": 40}}, "studies": {"robustness": options}}
    spec = {"traces": None, "profile": {"families": {"alloc": part}}}
    write_json(tmp_path / "spec.json", spec)
    space = Workspace(tmp_path)
    study.run(space, argparse.Namespace(study="alloc_robustness", variant="stochastic"))
    run = space.run_path("alloc_robustness-stochastic-stochastic-alloc6-s0")
    asked = [word for word, _ in read_json(run / "config.json")["tested"]]
    told = [one["tested"] for one in read_json(run / "result.json")["tested"]]
    assert asked == told and "sigma 0.8" in told


def slices(index: int = 0) -> tuple[EnvironmentConfig, Simulator]:
    config = ConfigManager().load_env_config(index)
    generator = TrafficGenerator.from_dataflow(config.dataflow)
    seed = seed_sequence(0, "experts")
    return config, Simulator(config, generator, 200, outcomes="sampled", seed=seed)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_experts_serve_a_random_subset_as_well_as_can_be(index: int) -> None:
    config, simulator = slices(index)
    seen = simulator.observe()
    policy = ExpertsPolicy(config, rng(0, "experts"))
    first, second = policy.act(seen), policy.act(seen)
    assert (first.sum(axis=1) == config.B).all()
    assert (first != second).any(axis=1).mean() > 0.9
    assert policy.served == {8: 6, 20: 12}[config.N_user]
    served = first > 0
    assert served.sum(axis=1).max() <= policy.served
    # Nobody could serve these users better.
    demand, _, slope, midpoint = np.moveaxis(seen, -1, 0)
    shown = np.where(served, np.maximum(demand, 1), 0)

    def value(grants: np.ndarray) -> np.ndarray:
        return (shown * success_probability(grants, slope, midpoint)).sum(axis=1)

    best = maximize_sigmoids(shown, slope, midpoint, config.B, "dp").allocation
    assert value(first).mean() > 0.995 * value(best).mean()


def test_data_of_experts_say_so(workspace: Workspace) -> None:
    fields = {"behaviour": "experts", "random_share": 0.0, "n_windows": 400}
    setting = study.Setting(workspace, Variant("x", dataset=fields), 0)
    served = (setting.data.allocation > 0).sum(axis=1)
    assert served.max() <= ExpertsPolicy(setting.config, rng(0, "x")).served
    with pytest.raises(InputError, match="behaviour = 'clowns'"):
        replace(setting.dataset, behaviour="clowns")
