"""The slice: loss, channel, streams, conservation, and the Gymnasium view."""

import math
from dataclasses import replace

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from difsched.baselines.slice.heuristics import ProportionalPolicy
from difsched.config import EnvironmentConfig
from difsched.env import Environment, Simulator
from difsched.env.slice.allocation import scale_to_budget
from difsched.env.slice.environment import user_info
from difsched.env.slice.link.sigmoid import next_classes, success_probability
from difsched.env.slice.traffic.generator import Trace, TrafficGenerator
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.family import EPISODE_WINDOWS
from difsched.utils.seeding import seed_sequence


def simulate(
    config: EnvironmentConfig, traffic: TrafficGenerator, *, copies: int = 3, outcomes: str
) -> Simulator:
    return Simulator(config, traffic, copies, outcomes=outcomes, seed=seed_sequence(1, "test"))


def equal(simulator: Simulator) -> np.ndarray:
    return scale_to_budget(np.ones(simulator.shape), simulator.config.B)


@given(st.floats(0, 200), st.floats(0.01, 2), st.floats(0, 50))
def test_the_success_probability_is_the_logistic_function(r: float, k: float, s: float) -> None:
    expected = 1 / (1 + math.exp(-k * (r - s)))
    assert success_probability(r, k, s) == pytest.approx(expected, rel=1e-12)


def test_half_of_the_packets_get_through_at_the_midpoint() -> None:
    assert success_probability(10, 0.3, 10) == 0.5


@pytest.mark.parametrize("retransmit", [0, 2])
def test_nothing_offered_is_nothing_lost(config: EnvironmentConfig, retransmit: int) -> None:
    silent = TrafficGenerator(Trace(np.zeros(5, dtype=np.int64), np.zeros(5)))
    simulator = simulate(replace(config, retransmit=retransmit), silent, outcomes="sampled")
    assert simulator.step(equal(simulator)).reward.tolist() == [0.0, 0.0, 0.0]


def test_channel_classes_are_sticky_and_uniform_in_the_long_run() -> None:
    rng = np.random.default_rng(0)
    classes = np.zeros(20_000, dtype=np.int64)
    stays = []
    for _ in range(60):
        after = next_classes(classes, 5, 0.9, rng)
        stays.append((after == classes).mean())
        classes = after
    assert np.mean(stays) == pytest.approx(0.9, abs=0.002)
    assert np.bincount(classes) / len(classes) == pytest.approx(np.full(5, 0.2), abs=0.012)


def test_one_class_draws_nothing() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    next_classes(np.zeros(4, dtype=np.int64), 1, 0.5, rng)
    assert rng.bit_generator.state == before


@pytest.mark.parametrize("outcomes", ["expected", "sampled"])
def test_rewards_are_bounded_and_packets_conserved(
    config: EnvironmentConfig, generator: TrafficGenerator, outcomes: str
) -> None:
    simulator = simulate(config, generator, outcomes=outcomes)
    for _ in range(30):
        step = simulator.step(equal(simulator))
        assert ((step.reward >= -1) & (step.reward <= 0)).all()
        assert ((step.delivered >= 0) & (step.delivered <= step.demand)).all()
        lost = (step.demand - step.delivered).sum(axis=1)
        assert lost == pytest.approx(-step.reward * step.demand.sum(axis=1))


def test_the_closed_form_is_the_mean_of_the_samples(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    copies = 20_000
    # One stationary channel and one trace value: every copy is the same window.
    still = replace(config, sigmoid_k_list=[0.3], sigmoid_s_list=[10.0])
    constant = TrafficGenerator(Trace(np.full(7, 90), np.full(7, 90.0)))
    exact = simulate(still, constant, copies=1, outcomes="expected")
    drawn = simulate(still, constant, copies=copies, outcomes="sampled")
    expected = exact.step(equal(exact)).delivered[0]
    delivered = drawn.step(equal(drawn)).delivered
    error = delivered.std(axis=0) / math.sqrt(copies)
    assert (np.abs(delivered.mean(axis=0) - expected) < 4 * error).all()
    # Binomial, too: the variance is u p (1 - p).
    chance = expected / 90
    assert delivered.var(axis=0) == pytest.approx(90 * chance * (1 - chance), rel=0.05)


def test_the_same_seed_gives_the_same_windows_bit_for_bit(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    def rewards() -> bytes:
        simulator = simulate(config, generator, outcomes="sampled")
        return b"".join(simulator.step(equal(simulator)).reward.tobytes() for _ in range(20))

    assert rewards() == rewards()


def test_a_reset_with_the_same_seed_starts_the_streams_anew(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    simulator = simulate(config, generator, outcomes="sampled")
    seed = seed_sequence(3, "again")
    first = simulator.reset(seed), simulator.step(equal(simulator)).delivered
    second = simulator.reset(seed), simulator.step(equal(simulator)).delivered
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_traffic_and_channel_do_not_depend_on_grants_or_outcomes(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    a = simulate(config, generator, outcomes="sampled")
    b = simulate(config, generator, outcomes="expected")
    greedy = np.zeros(b.shape, dtype=np.int64)
    greedy[:, 0] = config.B
    for _ in range(10):
        assert np.array_equal(a.step(equal(a)).observation, b.step(greedy).observation)


def test_the_forecast_shown_is_that_of_the_coming_window(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    simulator = simulate(config, generator, outcomes="expected")
    seen = simulator.observe()
    for _ in range(5):
        step = simulator.step(equal(simulator))
        assert seen[..., 0] == pytest.approx(0.8 * step.demand + 10)
        assert np.array_equal(step.observation[..., 1], step.demand)
        seen = step.observation


def test_perfect_information_shows_the_demand_itself(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    simulator = simulate(replace(config, information="perfect"), generator, outcomes="expected")
    seen = simulator.observe()
    assert np.array_equal(seen[..., 0], simulator.step(equal(simulator)).demand)


def test_the_channel_shown_is_the_one_that_counts(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    simulator = simulate(config, generator, outcomes="expected")
    seen = simulator.observe()
    step = simulator.step(equal(simulator))
    chance = success_probability(equal(simulator), seen[..., 2], seen[..., 3])
    assert step.delivered == pytest.approx(step.demand * chance)


def test_a_hidden_channel_counts_but_every_user_looks_like_the_mean_class(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    shown = simulate(config, generator, outcomes="sampled")
    hidden = simulate(replace(config, channel_information=False), generator, outcomes="sampled")
    for _ in range(10):
        one, other = shown.observe(), hidden.observe()
        assert (other[..., 2] == 0.3).all() and (other[..., 3] == 10).all()
        assert np.array_equal(np.delete(one, [2, 3], axis=-1), np.delete(other, [2, 3], axis=-1))
        delivered = [simulator.step(equal(simulator)).delivered for simulator in (shown, hidden)]
        assert np.array_equal(*delivered)


def test_without_the_channel_five_classes_look_like_the_one_of_their_mean(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    one_class = replace(config, sigmoid_k_list=[0.3], sigmoid_s_list=[10.0])
    single = simulate(one_class, generator, outcomes="sampled")
    hidden = simulate(replace(config, channel_information=False), generator, outcomes="expected")
    for _ in range(10):
        assert np.array_equal(single.observe(), hidden.observe())
        single.step(equal(single))
        hidden.step(equal(hidden))


def test_gymnasium_finds_nothing_to_complain_about(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    check_env(Environment(config.to_dict(), generator), skip_render_check=True)


def test_an_episode_is_cut_after_its_length(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    environment = Environment(replace(config, LEN_episode=3).to_dict(), generator)
    environment.reset(seed=4)
    ends = [environment.step(np.full(8, 12.5, np.float32))[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]


def test_info_tells_of_each_user(config: EnvironmentConfig, generator: TrafficGenerator) -> None:
    environment = Environment(config.to_dict(), generator)
    environment.reset(seed=4)
    request = np.array([90, 0, 0, 0, 4, 3, 3, 0], np.float32)
    _, reward, _, _, info = environment.step(request)
    assert info["grant"].tolist() == request.tolist()
    assert np.array_equal(info["lost"], info["demand"] - info["delivered"])
    assert reward == pytest.approx(-info["lost"].sum() / info["demand"].sum())
    assert info["starved"].tolist() == [
        u > 0 and r < 5 for u, r in zip(info["demand"], request, strict=True)
    ]
    assert info["qos_met"].tolist() == (info["lost"] <= 0.1 * info["demand"]).tolist()
    assert info["over_budget_count"] == 0


@pytest.mark.parametrize("retransmit", [0, 2])
def test_info_and_the_evaluation_mean_the_same(
    retransmit: int, config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    slice_ = replace(config, retransmit=retransmit, r_bar=12)
    seed = seed_sequence(slice_.randomSeed, "test windows")
    simulator = Simulator(slice_, generator, 5, outcomes="expected", seed=seed)
    policy, rows = ProportionalPolicy(slice_.B), []
    observation = simulator.observe()
    for _ in range(EPISODE_WINDOWS):
        grants = policy.act(observation)
        step = simulator.step(grants)
        info = user_info(step, grants, np.zeros(5, bool), slice_.r_bar)
        active = info["delivered"] + info["lost"] + info["pending"] > 0
        rows.append([info["qos_met"] & active, info["starved"], active])
        assert not info["starved"][~active].any() and info["qos_met"][~active].all()
        observation = step.observation
    met, starved, counted = np.sum(rows, axis=(0, 3))
    scores = evaluate(policy, slice_, generator.trace, 5 * EPISODE_WINDOWS)
    assert scores.figures["qos_met"] == pytest.approx(met / counted)
    assert scores.figures["starved"] == pytest.approx(starved / counted)
    assert 0 < starved.sum() < counted.sum() and 0 < met.sum() < counted.sum()


def test_a_request_over_the_budget_is_projected_and_counted(
    config: EnvironmentConfig, generator: TrafficGenerator
) -> None:
    environment = Environment(config.to_dict(), generator)
    environment.reset(seed=4)
    for count in (1, 2):
        info = environment.step(np.full(8, 100, np.float32))[4]
        assert info["grant"].sum() == config.B
        assert info["over_budget"] and info["over_budget_count"] == count


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (np.zeros(7), "action has shape"),
        (np.full(8, np.nan), "must be finite"),
        (np.full(8, -1.0), "must be finite and >= 0"),
    ],
)
def test_a_bad_action_is_refused(
    config: EnvironmentConfig, generator: TrafficGenerator, action: np.ndarray, message: str
) -> None:
    environment = Environment(config.to_dict(), generator)
    environment.reset(seed=4)
    with pytest.raises(InputError, match=message):
        environment.step(action)


@pytest.mark.parametrize(("n_classes", "stay"), [(2, 0.0), (3, 0.2), (5, 0.9)])
def test_a_class_that_moves_goes_to_each_of_the_others_alike(n_classes: int, stay: float) -> None:
    classes = np.full(200_000, n_classes - 1, dtype=np.int64)
    after = next_classes(classes, n_classes, stay, np.random.default_rng(0))
    expected = np.full(n_classes, (1 - stay) / (n_classes - 1))
    expected[-1] = stay
    shares = np.bincount(after, minlength=n_classes) / len(classes)
    assert shares == pytest.approx(expected, abs=5 * math.sqrt(0.25 / len(classes)))


def test_a_class_that_always_stays_does() -> None:
    classes = np.arange(5, dtype=np.int64)
    assert next_classes(classes, 5, 1.0, np.random.default_rng(0)).tolist() == [0, 1, 2, 3, 4]
