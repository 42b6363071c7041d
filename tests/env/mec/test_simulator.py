"""The simulator: streams, episodes, observations, clusters."""

import numpy as np
import pytest
from scipy.cluster.vq import kmeans2

from difsched.baselines.mec import rules
from difsched.env.mec.clustering import cluster_users
from difsched.env.mec.columns import check_observation, columns
from difsched.env.mec.simulator import Simulator
from difsched.errors import InputError
from tests.env.mec.presets import phase_one, phase_two


def seeded(entropy: int = 0) -> np.random.SeedSequence:
    return np.random.SeedSequence(entropy)


@pytest.mark.parametrize("config", [phase_one("code"), phase_two("scaled", 4, 20)])
def test_tasks_do_not_depend_on_the_actions(config) -> None:
    one, other = Simulator(config, 3, seeded()), Simulator(config, 3, seeded())
    for _ in range(3):
        first = one.step(np.zeros((3, config.users))).observation
        second = other.step(np.full((3, config.users), 1 / config.users)).observation
        np.testing.assert_array_equal(first, second)


def test_a_seed_starts_the_stream_anew_and_without_it_goes_on() -> None:
    simulator = Simulator(phase_one("code"), 3, seeded())
    start = simulator.observe()
    assert (simulator.reset() != start).any()
    np.testing.assert_array_equal(simulator.reset(seeded()), start)


def test_an_episode_ends_by_truncation_after_its_slots() -> None:
    simulator = Simulator(phase_one("code"), 1, seeded())
    ends = [simulator.step(np.zeros((1, 5))).truncated for _ in range(200)]
    assert ends == [False] * 199 + [True]
    simulator.reset()
    assert not simulator.step(np.zeros((1, 5))).truncated


def test_an_observation_that_was_given_out_does_not_change() -> None:
    simulator = Simulator(phase_one("code"), 2, seeded())
    kept = simulator.observe()
    copy = np.array(kept)
    simulator.step(np.zeros((2, 5)))
    np.testing.assert_array_equal(kept, copy)


def test_users_stay_for_an_episode_in_phase_two_and_tasks_change() -> None:
    simulator = Simulator(phase_two("clustered_code", 4), 2, seeded())
    before = simulator.observe()
    after = simulator.step(np.zeros((2, 100))).observation
    np.testing.assert_array_equal(before[..., 3:], after[..., 3:])
    assert (before[..., :3] != after[..., :3]).all()


def test_draws_are_uniform_in_their_ranges() -> None:
    config = phase_one("assignment")
    seen = Simulator(config, 20_000, seeded()).observe()
    ranges = np.array(
        [config.data_mbit, config.cycles_g, config.deadline_s, config.distance_m, config.speed_ghz]
    )
    unit = (seen - ranges[:, 0]) / (ranges[:, 1] - ranges[:, 0])
    assert unit.min() >= 0 and unit.max() <= 1
    np.testing.assert_allclose(unit.mean(axis=(0, 1)), 0.5, atol=3 * 12**-0.5 / 1e5**0.5)


@pytest.mark.parametrize("clusters", [1, 4, 10])
def test_clusters_are_never_empty_and_numbered_from_near_to_far(clusters: int) -> None:
    features = np.random.default_rng(0).random((30, 40, 2))
    labels = cluster_users(features, clusters, np.random.default_rng(1))
    for row, label in zip(features, labels, strict=True):
        near = [row[label == number, 0].mean() for number in range(clusters)]
        assert near == sorted(near)


def test_identical_users_still_fill_every_cluster() -> None:
    labels = cluster_users(np.ones((3, 10, 2)), 10, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(labels, axis=1), np.tile(np.arange(10), (3, 1)))


def test_clusters_are_a_fixed_point_of_lloyds_algorithm() -> None:
    features = np.random.default_rng(0).random((5, 60, 2))
    labels = cluster_users(features, 4, np.random.default_rng(1), iterations=200)
    for row, label in zip(features, labels, strict=True):
        centres = np.stack([row[label == number].mean(axis=0) for number in range(4)])
        _, again = kmeans2(row, centres, iter=5, minit="matrix")
        np.testing.assert_array_equal(again, label)


def test_a_bad_observation_is_refused() -> None:
    config = phase_two("clustered_code", 4, 10)
    assert len(columns(config)) == 6
    seen = np.array(Simulator(config, 2, seeded()).observe())
    with pytest.raises(InputError, match=r"observation has shape \(2, 10, 5\): must be"):
        check_observation(seen[..., :5], config)
    seen[0, 0, 5] = 4
    with pytest.raises(InputError, match=r"holds cluster 4: must be in 0\.\.3"):
        rules.all_local(seen, config)
    seen[0, 0, 5] = np.nan
    with pytest.raises(InputError, match="NaN"):
        rules.all_local(seen, config)


def test_a_simulator_without_copies_is_refused() -> None:
    with pytest.raises(InputError, match="copies = 0: must be >= 1"):
        Simulator(phase_one("code"), 0, seeded())


def test_metrics_by_group_are_of_each_ue_or_of_each_cluster() -> None:
    flat, clustered = phase_one("code"), phase_two("scaled", 4, 20)
    for config in (flat, clustered):
        simulator = Simulator(config, 3, seeded())
        action = rules.serve_first(simulator.observe(), 4, "most_late", config)
        cluster = simulator.observe()[..., -1]
        step = simulator.step(action)
        for column, name in enumerate(("qos", "energy_j")):
            told = step.metrics[f"{name}_by_group"]
            by_ue = step.outcomes[..., column]
            if config is flat:
                np.testing.assert_array_equal(told, by_ue)
                continue
            for window, number in np.ndindex(3, 4):
                mine = by_ue[window, cluster[window] == number]
                assert told[window, number] == pytest.approx(mine.mean())
        assert step.metrics["offloaded_by_group"].max() <= 1
        assert step.metrics["deadline_misses_by_group"].shape == told.shape
