"""The allocation problem through the door of families: found, collected, scored, learned."""

from pathlib import Path

import numpy as np
import pytest
import torch

from difsched.baselines.method import Task
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import find
from difsched.env.alloc.actions import action_set
from difsched.env.alloc.config import CONFIGURATIONS, AllocConfig
from difsched.env.alloc.simulator import Simulator
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.scoring import score
from difsched.family import FAMILIES, Budget, family_of
from tests.baselines.alloc.methods import policy

NAMES = list(CONFIGURATIONS.names())


@pytest.mark.parametrize("name", NAMES)
def test_random_data_have_the_rewards_of_their_outcomes(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    family = family_of(config)
    assert family is FAMILIES["alloc"]
    data = family.collect(family, config, 400)
    assert data.action.shape[1:] == family.actions(config).shape(config.tasks)
    reward = family.combine(config)(data.outcomes.mean(axis=1), data.observation)
    np.testing.assert_allclose(reward, data.reward, atol=1e-5)
    allowed = family.actions(config).check(data.action, data.observation.astype(np.float64))
    assert abs(allowed - data.action).max() < 1e-5


def test_a_file_of_ones_own_differs_from_a_numbered_configuration(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("like: leontief_3x5\ntasks: 8\nsupply: [0.2, 0.4]\n")
    config = FAMILIES["alloc"].load(str(path))
    assert (config.tasks, config.supply, config.resources) == (8, (0.2, 0.4), 3)
    assert FAMILIES["alloc"].parse(config.to_dict()) == config


@pytest.mark.parametrize("name", ["leontief_3x5", "forecast_5x10", "backlog_3x5", "faithful_3x5"])
def test_tensors_are_projected_where_arrays_are(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    actions, draws = action_set(config), np.random.default_rng(0)
    simulator = Simulator(config, 300, np.random.SeedSequence(0))
    seen = simulator.step(draws.random((300, *actions.shape(config.tasks)))).observation
    raw = draws.uniform(-0.5, 1.5, (300, *actions.shape(config.tasks)))
    center, scale = 0.4, 0.3
    unit = torch.as_tensor((raw - center) / scale)
    admitted = actions.admit(unit, torch.as_tensor(seen), center, scale) * scale + center
    np.testing.assert_allclose(admitted, actions.check(raw, seen), atol=1e-9)


def test_with_one_resource_of_which_all_need_the_same_the_set_is_that_of_one_budget() -> None:
    config = AllocConfig("leontief", resources=1, demand=(0.5, 0.5))
    simulator = Simulator(config, 200, np.random.SeedSequence(0))
    raw = np.random.default_rng(0).uniform(-0.2, 0.9, (200, 5))
    seen = simulator.observe()
    budget = Budget(0.0, 1.0, budget=lambda seen: seen[:, :1, 3] / 0.5)
    np.testing.assert_allclose(action_set(config).check(raw, seen), budget.check(raw, seen))


def test_forecasts_are_scored_between_the_split_of_the_forecast_and_the_truth() -> None:
    config = CONFIGURATIONS.load("forecast_3x5")
    scale, references = reference_losses(config, None, 2000), family_of(config).references(config)
    points = {
        name: score(
            evaluate(policy(config, name), config, None, 2000).loss.mean(), scale, references
        )
        for name in ("equal", "linear", "stochastic")
    }
    assert points["equal"] == 0
    assert points["linear"] == pytest.approx(54, abs=6)
    assert points["stochastic"] == pytest.approx(69, abs=5)


def test_what_is_served_of_waiting_work_is_a_share_of_what_was_offered() -> None:
    config = CONFIGURATIONS.load("backlog_3x5")
    scores = evaluate(policy(config, "linear"), config, None, 600)
    assert scores.loss.shape == (6, 100)
    assert scores.figures["served"].mean() == pytest.approx(0.853, abs=0.06)
    assert (scores.figures["violations"] == 0).all()
    with pytest.raises(InputError, match="n_windows = 250: must be a multiple of 100"):
        evaluate(policy(config, "linear"), config, None, 250)


def test_weights_of_another_mode_are_refused() -> None:
    family, config = FAMILIES["alloc"], CONFIGURATIONS.load("leontief_3x5")
    view = family.view(config)
    family.check_view(11, view, CONFIGURATIONS.load("forecast_3x5").changed({"mode": "leontief"}))
    with pytest.raises(InputError, match="mode = 'leontief': must be 'gang'"):
        family.check_view(11, view, CONFIGURATIONS.load("gang_3x5"))
    with pytest.raises(InputError, match="resources = 3: must be 5"):
        family.check_view(11, view, CONFIGURATIONS.load("leontief_5x10"))
    with pytest.raises(InputError, match="12 features"):
        family.check_view(12, view, config)


def test_discounts_count_where_work_waits_alone() -> None:
    family = FAMILIES["alloc"]
    found = {name: family.discounted(0.9, CONFIGURATIONS.load(name)) for name in NAMES}
    assert {name for name, discount in found.items() if discount} == {
        name for name in NAMES if name.startswith("backlog")
    }
    assert set(found.values()) == {0.0, 0.9}


@pytest.mark.parametrize("name", ["dql_set", "det_set", "gaussian_set", "td3_bc", "iql", "cql"])
def test_critics_look_ahead_by_the_familys_own_settings(name: str) -> None:
    model = find(name, "alloc").settings(0, {}, "alloc")["model"]
    assert (model.discount, model.expectile) == (0.9, 0.7)
    assert find(name).settings(0, {}, "slice")["model"].discount == 0


def test_a_learner_comes_near_the_optimum_of_shares() -> None:
    config = CONFIGURATIONS.load("leontief_3x5")
    family, method = family_of(config), find("det_set", "alloc")
    settings = method.settings(0, {"offline": {"gradient_steps": 200, "curve_points": 1}}, "alloc")
    data = family.collect(family, config, 10_000)
    loss = float(
        evaluate(method.fit(Task(config, data=data, **settings)), config, None, 400).loss.mean()
    )
    points = score(loss, reference_losses(config, None, 400), family.references(config))
    assert points is not None and points > 90
