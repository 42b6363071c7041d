"""A step does what its formulas say, in every mode, and nothing depends on what was granted."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from difsched.env.alloc.actions import Shares, action_set
from difsched.env.alloc.columns import feature_names, read
from difsched.env.alloc.config import CONFIGURATIONS, AllocConfig
from difsched.env.alloc.service import combine
from difsched.env.alloc.simulator import Simulator
from difsched.errors import InputError

Floats = NDArray[np.float64]
NAMES = [name for name in CONFIGURATIONS.names() if name.endswith("3x5")]


def seed(number: int = 0) -> np.random.SeedSequence:
    return np.random.SeedSequence(number)


def actions(config: AllocConfig, copies: int, number: int = 0, most: float = 0.3) -> Floats:
    rng = np.random.default_rng(number)
    return most * rng.random((copies, *action_set(config).shape(config.tasks)))


@pytest.mark.parametrize("name", CONFIGURATIONS.names())
def test_the_reward_is_the_closed_form_of_the_mean_outcome(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    simulator = Simulator(config, 50, seed())
    for window in range(5):
        seen = simulator.observation
        step = simulator.step(actions(config, 50, window, most=1.0))
        assert seen.shape == (50, config.tasks, len(feature_names(config)))
        assert step.reward == pytest.approx(combine(step.outcomes.mean(axis=1), seen, config))
        mean = torch.as_tensor(step.outcomes).mean(1)
        tensor = combine(mean, torch.as_tensor(seen), config)
        assert tensor.numpy() == pytest.approx(step.reward)
        assert all(values.shape == (50,) for values in step.metrics.values())
        assert step.observation is simulator.observation


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_windows_whatever_is_granted(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    one, other = Simulator(config, 4, seed(1)), Simulator(config, 4, seed(1))
    for window in range(6):
        step = one.step(actions(config, 4, window))
        else_ = other.step(actions(config, 4, window + 99))
        for block in ("supply", "cost", "priority"):
            blocks = (read(seen.observation, block, config) for seen in (step, else_))
            assert np.array_equal(*blocks)
    first = one.reset(seed(1))
    assert (first == Simulator(config, 4, seed(1)).observation).all()
    again = [one.step(actions(config, 4, window)) for window in range(6)][-1]
    assert (again.reward == step.reward).all()
    assert (again.observation == step.observation).all()
    assert (one.reset(seed(2)) != first).any()


def test_a_generator_is_a_seed_as_well() -> None:
    config = CONFIGURATIONS.load("leontief_3x5")
    one, other = (Simulator(config, 3, np.random.default_rng(5)) for _ in range(2))
    assert (one.observation == other.observation).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_episode_is_truncated_at_its_end_and_no_further(name: str) -> None:
    config = replace(CONFIGURATIONS.load(name), episode=3)
    simulator = Simulator(config, 2, seed())
    action = actions(config, 2)
    assert [simulator.step(action).truncated for _ in range(3)] == [False, False, True]
    with pytest.raises(InputError, match="episode is over after 3 windows"):
        simulator.step(action)
    simulator.reset()
    assert not simulator.step(action).truncated


@pytest.mark.parametrize("copies", [0, -1, 2.0, True, "3"])
def test_copies_are_a_whole_number_above_zero(copies: int) -> None:
    with pytest.raises(InputError, match="copies = "):
        Simulator(CONFIGURATIONS.load("gang_3x5"), copies, seed())


def test_what_is_hidden_is_shown_as_the_middle_of_its_range() -> None:
    for name in NAMES:
        open_ = CONFIGURATIONS.load(name)
        hidden = replace(open_, priorities_visible=False, costs_visible=False)
        seen = Simulator(hidden, 10, seed()).observation
        assert (read(seen, "priority", hidden) == 0.75).all()
        assert (read(seen, "cost", hidden) == 0.55).all()
        action = actions(open_, 10)
        rewards = [Simulator(config, 10, seed()).step(action).reward for config in (open_, hidden)]
        assert (rewards[0] == rewards[1]).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_beyond_the_set_is_projected_and_counted(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    simulator = Simulator(config, 30, seed())
    for _ in range(3):  # queues that need more than there is
        simulator.step(actions(config, 30, most=0.0))
    seen = simulator.observation
    good = actions(config, 30, most=0.05)
    assert (simulator.step(good).metrics["projected"] == 0).all()
    seen = simulator.observation
    odd = np.arange(30) % 2 == 1
    bad = 3.0 * odd.reshape(-1, *[1] * (good.ndim - 1)) + 0 * good
    limits = action_set(config)
    allowed = limits.check(bad, seen)
    assert ((allowed >= limits.low) & (allowed <= limits.high)).all()
    if isinstance(limits, Shares):
        requirement, supply = limits.budgets(seen)
        assert (np.einsum("wt,wtr->wr", allowed, requirement) <= supply + 1e-9).all()
    assert (simulator.step(bad).metrics["projected"] == odd).all()
    assert (simulator.step(1e300 * bad).metrics["projected"] == odd).all()


@pytest.mark.parametrize("name", ["faithful_3x5", "leontief_3x5"])
def test_actions_of_another_kind_are_refused_in_a_line(name: str) -> None:
    config = CONFIGURATIONS.load(name)
    simulator = Simulator(config, 2, seed())
    action = actions(config, 2)
    for bad, line in (
        (action[:1], "has shape"),
        (action[:, :, None], "has shape"),
        (np.where(action > 0, np.nan, action), "holds nan"),
        (np.where(action > 0, -np.inf, action), "holds -inf"),
        ([["a"] * 5] * 2, "numbers"),
        (None, "action"),
    ):
        with pytest.raises(InputError, match=line):
            simulator.step(bad)
    whole = simulator.step(action)
    assert whole.reward.shape == (2,)


@pytest.mark.parametrize("mode", ["faithful", "leontief", "gang", "forecast", "backlog"])
@pytest.mark.parametrize("size", [(1, 1), (2, 7), (7, 2)])
def test_every_size_can_be_had(mode: str, size: tuple[int, int]) -> None:
    config = AllocConfig(mode, *size, episode=4)
    simulator = Simulator(config, 3, seed())
    for window in range(4):
        step = simulator.step(actions(config, 3, window))
        assert np.isfinite(step.observation).all()
        assert np.isfinite(step.reward).all()
