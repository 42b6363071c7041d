"""Load balancing as a family: closed form in arrays and tensors, data, views, references."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from difsched.config import ConfigManager
from difsched.data.recipe import Recipe
from difsched.env.mlb.config import CONFIGURATIONS, REWARDS, MlbConfig, Scene
from difsched.env.mlb.network import measure
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.family import FAMILIES, Family, family_of
from difsched.policy import RulePolicy
from difsched.utils.seeding import seed_sequence

FAMILY: Family = FAMILIES["mlb"]
CONFIG: MlbConfig = FAMILY.load("synthetic_rrl")
SHORT = replace(CONFIG, files=[1, 2, 3, 4, 5], steps=4)


def test_the_family_is_found_and_has_the_documented_configurations() -> None:
    assert family_of(CONFIG) is FAMILY
    assert list(FAMILY.configurations()) == list(range(10))
    motions = {"rr", "ll", "loiter", "rrl", "rl"}
    names = {f"{scene}_{motion}" for scene in ("synthetic", "roads") for motion in motions}
    assert set(CONFIGURATIONS.names()) == names
    for number in FAMILY.configurations():
        config = FAMILY.load(number)
        assert FAMILY.parse(config.to_dict()) == config
    with pytest.raises(InputError, match="did you mean roads_rrl"):
        FAMILY.load("road_rrl")


@pytest.mark.parametrize("reward", REWARDS)
def test_tensors_have_the_arrays_reward_and_gradients_that_are_finite(reward: str) -> None:
    config = replace(CONFIG, reward=reward)
    draw = np.random.default_rng(0)
    power, serving = draw.uniform(-115, -50, (6, 50, 3)), draw.integers(3, size=(6, 50))
    power[0], serving[0] = -120.0, np.arange(50) % 3  # every cell is full
    outcomes = measure(config, power, serving)[0].mean(axis=1)
    combine = FAMILY.combine(config)
    tensor = torch.tensor(outcomes, requires_grad=True)
    value = combine(tensor, torch.as_tensor(power))
    np.testing.assert_allclose(value.detach().numpy(), combine(outcomes, power), atol=1e-12)
    value.sum().backward()
    assert tensor.grad is not None and tensor.grad.isfinite().all()


def test_random_data_are_whole_episodes_of_every_training_file(tmp_path: Path) -> None:
    data = FAMILY.collect(FAMILY, SHORT, 44)
    assert data.action.shape == (44, 1, 3)
    assert len(np.unique(data.observation[::4, :, :3], axis=0)) == 11  # 2 sources and a target file
    reward = FAMILY.combine(SHORT)(data.outcomes.mean(axis=1), data.observation)
    np.testing.assert_allclose(reward, data.reward, atol=1e-5)
    data.save(tmp_path / "mlb.npz", {"family": "mlb", "environment": SHORT.to_dict()})
    again = FAMILY.dataset.load(tmp_path / "mlb.npz")
    again.check(SHORT)
    with pytest.raises(InputError, match=r"card has reach = 12\.0: must be 6\.0"):
        again.check(replace(SHORT, reach=6.0))


def test_a_test_episode_is_a_whole_file_and_figures_are_its_means() -> None:
    scores = evaluate(
        RulePolicy(SHORT, lambda seen, _: np.zeros((len(seen), 1, 3))), SHORT, None, 12
    )
    assert scores.loss.shape == (3, 4)
    summary = scores.summary("perfect")
    assert summary["load_balance"] == pytest.approx(-summary["loss"])
    assert {metric.name for metric in FAMILY.metrics} <= set(summary)
    assert summary["throughput"] <= 51.2


def test_errors_of_the_observed_power_follow_from_the_seed() -> None:
    noisy = replace(SHORT, noise=2.0)
    one, same, other = (
        FAMILY.simulator(noisy, "test", 2, "expected", seed_sequence(seed, "errors")).observe()
        for seed in (0, 0, 1)
    )
    assert (one == same).all() and (one != other).any()


def test_weights_are_refused_for_other_cells_and_another_reward() -> None:
    seen = FAMILY.view(CONFIG)
    FAMILY.check_view(6, seen, FAMILY.load("roads_rl"))
    with pytest.raises(InputError, match="reward = 'load_balance': must be throughput"):
        FAMILY.check_view(6, seen, replace(CONFIG, reward="throughput"))
    with pytest.raises(InputError, match="trained on 8 features: must be 6"):
        FAMILY.check_view(8, seen, CONFIG)


def test_there_is_a_score_where_there_is_an_exact_optimum() -> None:
    found = FAMILY.references(CONFIG)
    assert (found.zero, found.hundred, found.certified, found.none) == (
        "static",
        "one_step",
        False,
        None,
    )
    assert FAMILY.references(replace(CONFIG, reward="throughput")).none
    motion = ["right", "left"]
    two = replace(Scene(), sites=Scene().sites[:2])
    assert FAMILY.references(MlbConfig(two, motion, sources=[motion])).none


def test_a_dataset_has_every_training_file_once_where_nobody_says_otherwise() -> None:
    windows = [FAMILY.windows(FAMILY.load(number)) for number in FAMILY.configurations()]
    assert windows == [2200] * 6 + [2000] * 4
    assert Recipe.of(FAMILY, CONFIG, {}).n_windows == 2200
    assert Recipe.of(FAMILY, CONFIG, {"n_windows": 4400}).n_windows == 4400


def test_few_data_are_learned_with_settings_of_their_own() -> None:
    manager = ConfigManager()
    training = manager.load_training_config("offline", "mlb")
    assert training.n_windows == 2200 and training.batch_windows(50) == 32
    assert manager.load_model_config("det_set", "mlb").hidden == 32
