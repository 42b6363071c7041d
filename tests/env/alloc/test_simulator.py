"""A step does what its formulas say, in every mode, and nothing depends on what was granted."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from difsched.env.alloc.actions import action_set, action_width, check, highest
from difsched.env.alloc.columns import feature_names, read
from difsched.env.alloc.config import PRESETS, AllocConfig, preset
from difsched.env.alloc.draws import factor_quantiles, factors
from difsched.env.alloc.service import combine, leontief_share, serve_whole
from difsched.env.alloc.simulator import Simulator
from difsched.errors import InputError

Floats = NDArray[np.float64]
NAMES = [name for name in PRESETS if name.endswith("3x5")]


def seed(number: int = 0) -> np.random.SeedSequence:
    return np.random.SeedSequence(number)


def actions(config: AllocConfig, copies: int, number: int = 0, most: float = 0.3) -> Floats:
    rng = np.random.default_rng(number)
    return most * rng.random((copies, config.tasks, action_width(config)))


@pytest.mark.parametrize("name", PRESETS)
def test_the_reward_is_the_closed_form_of_the_mean_outcome(name: str) -> None:
    config = preset(name)
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
    config = preset(name)
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
    config = preset("leontief_3x5")
    one, other = (Simulator(config, 3, np.random.default_rng(5)) for _ in range(2))
    assert (one.observation == other.observation).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_episode_is_truncated_at_its_end_and_no_further(name: str) -> None:
    config = replace(preset(name), episode=3)
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
        Simulator(preset("gang_3x5"), copies, seed())


def test_faithful_is_the_documented_reward() -> None:
    config = preset("faithful_3x5")
    simulator = Simulator(config, 20, seed(3))
    seen = simulator.observation
    grant = actions(config, 20, most=0.5)
    step = simulator.step(grant)
    for window in range(20):
        p, d = seen[window, :, 1], seen[window, :, 0]
        v, c = seen[window, 0, 5:8], seen[window, 0, 8:11]
        a = grant[window]
        efficiency = sum(p[i] * min(1.0, sum(a[i]) / d[i]) for i in range(5)) / 5
        cost = sum(a[i, r] * c[r] for i in range(5) for r in range(3))
        violation = sum(max(0.0, sum(a[:, r]) - v[r]) ** 2 for r in range(3))
        reward = efficiency - 0.1 * cost - 10 * violation
        assert step.reward[window] == pytest.approx(reward)
        assert step.metrics["violation"][window] == pytest.approx(violation)
        assert step.metrics["cost"][window] == pytest.approx(cost)
        shaped = reward + 0.1 * efficiency - 0.5 * violation
        assert step.metrics["shaped_reward"][window] == pytest.approx(shaped)
    assert (read(step.observation, "granted", config) == grant).all()
    assert (read(step.observation, "progress", config) == 0.01).all()


def test_faithful_keeps_its_window_for_an_episode_and_its_prices_for_the_environment() -> None:
    config = replace(preset("faithful_3x5"), episode=2)
    simulator = Simulator(config, 4, seed())
    seen = [simulator.observation, simulator.step(np.zeros((4, 5, 3))).observation]
    seen.append(simulator.reset())
    for name, kept in (("supply", False), ("demand", False), ("priority", True), ("cost", True)):
        first, second, new = (read(observation, name, config) for observation in seen)
        assert (first == second).all()
        assert (first == new).all() == kept


def test_shaping_fines_what_has_gathered_in_an_episode() -> None:
    config = preset("faithful_3x5")
    simulator = Simulator(config, 1, seed())
    ones = np.ones((1, 5, 3))
    steps = [simulator.step(ones) for _ in range(3)]
    fines = [
        (step.reward + 0.1 * step.metrics["efficiency"] - step.metrics["shaped_reward"])[0]
        for step in steps
    ]
    assert fines == pytest.approx([0.5 * n * steps[0].metrics["violation"][0] for n in (1, 2, 3)])


def test_noise_on_actions_shrinks_and_stays_in_the_box() -> None:
    config = replace(preset("faithful_3x5"), action_noise=0.1)
    simulator = Simulator(config, 2000, seed())
    half = np.full((2000, 5, 3), 0.5)
    spread = [read(simulator.step(half).observation, "granted", config).std() for _ in range(100)]
    assert spread[0] == pytest.approx(0.1, rel=0.02)
    assert spread[99] == pytest.approx(0.1 * 0.995**99, rel=0.02)
    edge = read(simulator.reset(seed()), "granted", config)
    assert (edge == 0).all()


@given(st.integers(0, 2**32 - 1))
def test_leontief_serves_what_the_scarcest_resource_allows(number: int) -> None:
    config = preset("leontief_3x5")
    simulator = Simulator(config, 5, seed(number))
    seen = simulator.observation
    need, cost = read(seen, "requirement", config), read(seen, "cost", config)
    share = check(actions(config, 5, number, most=1.0), seen, config)[0]
    reward = simulator.step(share).reward
    grant = share[..., None] * need
    served = np.minimum((grant / need).min(axis=-1), 1.0)
    expected = (read(seen, "priority", config) * served).mean(axis=1)
    expected -= 0.1 * np.einsum("wtr,wr->w", grant, cost)
    assert reward == pytest.approx(expected)


def test_a_share_is_that_of_the_resource_of_which_least_is_granted() -> None:
    grant = np.array([[[0.1, 0.3], [0.2, 0.2], [0.5, 0.5], [0.1, 0.0]]])
    need = np.array([[[0.2, 0.3], [0.2, 0.8], [0.4, 0.3], [0.1, 0.0]]])
    # The last needs nothing of what it is not granted, but tiny needs count as 1e-4.
    assert leontief_share(grant, need)[0] == pytest.approx([0.5, 0.25, 1.0, 0.0])


def test_a_forecast_is_paid_for_used_or_not() -> None:
    config = preset("forecast_3x5")
    simulator = Simulator(config, 500, seed())
    seen, factor = simulator.observation, simulator.scene.factor  # type: ignore[attr-defined]
    need, cost = read(seen, "requirement", config), read(seen, "cost", config)
    grant = check(actions(config, 500, most=1.5), seen, config)[0]
    step = simulator.step(grant)
    served = np.minimum(grant / factor, 1)
    reward = (read(seen, "priority", config) * served).mean(axis=1)
    reward -= 0.1 * np.einsum("wt,wtr,wr->w", grant, need, cost)
    assert step.reward == pytest.approx(reward)
    assert (step.metrics["waste"] > 0).any()


def test_the_truth_is_the_forecast_times_a_factor_of_mean_one() -> None:
    config = preset("forecast_3x5")
    predicted = Simulator(config, 300, seed())
    perfect = Simulator(replace(config, information="perfect"), 300, seed())
    forecast, truth = (
        read(simulator.observation, "requirement", config) for simulator in (predicted, perfect)
    )
    factor = predicted.scene.factor  # type: ignore[attr-defined]
    assert truth == pytest.approx(forecast * factor[..., None])
    many = factors(config, np.random.default_rng(0), 40_000)
    assert many.mean() == pytest.approx(1, abs=0.005)
    assert np.log(many).std() == pytest.approx(0.4, abs=0.005)
    inside = np.quantile(many, (np.arange(16) + 0.5) / 16)
    assert factor_quantiles(0.4) == pytest.approx(inside, rel=0.02)
    assert highest(config) == pytest.approx(factor_quantiles(0.4)[-1])
    assert highest(perfect.config) == 1


def test_a_gang_is_served_whole_in_the_order_of_what_is_asked() -> None:
    need = np.array([[[0.4, 0.1], [0.5, 0.2], [0.3, 0.1], [0.1, 0.1]]])
    supply = np.array([[0.8, 1.0]])
    # The second comes first, the first does not fit beside it, the last asks for too little.
    served = serve_whole(np.array([[0.8, 0.9, 0.6, 0.4]]), need, supply)
    assert served.tolist() == [[0, 1, 1, 0]]
    assert serve_whole(np.ones((1, 4)), need, supply).tolist() == [[1, 0, 1, 1]]
    for members in ([1, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0]):
        assert serve_whole(np.array([members], float), need, supply).tolist() == [members]


def test_what_is_hidden_is_shown_as_the_middle_of_its_range() -> None:
    for name in NAMES:
        open_ = preset(name)
        hidden = replace(open_, priorities_visible=False, costs_visible=False)
        seen = Simulator(hidden, 10, seed()).observation
        assert (read(seen, "priority", hidden) == 0.75).all()
        assert (read(seen, "cost", hidden) == 0.55).all()
        action = actions(open_, 10)
        rewards = [Simulator(config, 10, seed()).step(action).reward for config in (open_, hidden)]
        assert (rewards[0] == rewards[1]).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_beyond_the_set_is_projected_and_counted(name: str) -> None:
    config = preset(name)
    simulator = Simulator(config, 30, seed())
    for _ in range(3):  # queues that need more than there is
        simulator.step(np.zeros((30, config.tasks, action_width(config))))
    seen = simulator.observation
    good = actions(config, 30, most=0.05)
    assert (simulator.step(good).metrics["projected"] == 0).all()
    seen = simulator.observation
    bad = np.where(np.arange(30)[:, None, None] % 2, 3.0, 0.0) + 0 * good
    allowed, outside = check(bad, seen, config)
    assert (outside == (np.arange(30) % 2 == 1)).all()
    limits = action_set(seen, config)
    assert ((allowed >= limits.low) & (allowed <= limits.high)).all()
    if limits.requirement is not None:
        spent = np.einsum("wt,wtr->wr", allowed, limits.requirement)
        assert (spent <= limits.supply + 1e-9).all()
    step = simulator.step(bad)
    assert (step.metrics["projected"] == outside).all()
    assert check(1e300 * bad, seen, config)[1].sum() == 15


@pytest.mark.parametrize("name", ["faithful_3x5", "leontief_3x5"])
def test_actions_of_another_kind_are_refused_in_a_line(name: str) -> None:
    config = preset(name)
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
