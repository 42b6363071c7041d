"""The documented agents: tables, actions, and PettingZoo's own tests."""

from typing import Any

import numpy as np
import pytest

from difsched.env.mec.actions import decode
from difsched.env.mec.columns import cluster_of
from difsched.env.mec.config import MecConfig
from difsched.env.mec.roles import (
    Requests,
    cluster_priorities,
    cluster_tables,
    coordinator_table,
    joint_action,
    members,
    server_table,
)
from difsched.env.mec.simulator import Simulator
from difsched.errors import InputError
from tests.env.mec.presets import phase_one, phase_two

CLUSTERED = phase_two("scaled", 3, 9)


def draw(config: MecConfig, windows: int) -> tuple[np.ndarray, Requests]:
    seen = Simulator(config, windows, np.random.SeedSequence(1)).observe()
    actions = np.random.default_rng(0).uniform(-4, 4, (windows, config.users, 2))
    return seen, Requests.of(actions)


def test_the_servers_table_has_the_documented_columns() -> None:
    config = phase_one("code", 4)
    seen, requests = draw(config, 6)
    table = server_table(seen, requests, config)
    np.testing.assert_allclose(table[..., 0] * 80, seen[..., 0])
    np.testing.assert_allclose(table[..., 2] * 2, seen[..., 2])
    np.testing.assert_array_equal(table[..., 4], requests.offload)
    np.testing.assert_allclose(table[..., 5].sum(axis=1), requests.offload.any(axis=1))


def test_clusters_are_told_of_their_own_ues_and_none_is_cut_off() -> None:
    seen, requests = draw(CLUSTERED, 20)
    rows = members(seen, CLUSTERED)
    tables = cluster_tables(seen, requests, CLUSTERED)
    assert tables.shape == (20, 3, 7, 7)
    cluster = cluster_of(seen, CLUSTERED)
    for window in range(20):
        for k in range(3):
            own = np.flatnonzero(cluster[window] == k)
            np.testing.assert_array_equal(rows[window, k, : len(own)], own)
            table = tables[window, k]
            np.testing.assert_array_equal(table[:, 0], np.arange(7) < len(own))
            np.testing.assert_allclose(table[: len(own), 6], requests.logit[window, own])
            assert (table[len(own) :] == 0).all()
            mean = coordinator_table(seen, requests, CLUSTERED)[window, k]
            assert mean[0] == pytest.approx(seen[window, own, 1].mean() / 3.5)
            assert mean[4] == pytest.approx(requests.offload[window, own].mean())


def test_what_the_agents_decide_is_what_happens() -> None:
    seen, requests = draw(CLUSTERED, 20)
    rng = np.random.default_rng(0)
    ranked, parts = rng.uniform(-4, 4, (20, 3, 7)), rng.uniform(-4, 4, (20, 3))
    priority = cluster_priorities(ranked, seen, CLUSTERED)
    rows = members(seen, CLUSTERED)
    for window, k in np.ndindex(20, 3):
        own = rows[window, k][rows[window, k] < 9]
        np.testing.assert_array_equal(priority[window, own], ranked[window, k, : len(own)])
    action = joint_action(requests, priority, seen, CLUSTERED, parts)
    decision = decode(action, seen, CLUSTERED)
    np.testing.assert_array_equal(decision.offloaded, requests.offload)
    weight = np.where(requests.offload, np.exp(requests.logit), 0)
    share = weight / weight.sum(axis=1, keepdims=True)
    floor = CLUSTERED.least_share
    lifted = floor + (1 - floor * requests.offload.sum(axis=1, keepdims=True)) * share
    np.testing.assert_allclose(decision.share, np.where(requests.offload, lifted, 0))
    cluster = cluster_of(seen, CLUSTERED)
    busy = [((cluster == k) & requests.offload).any(axis=1) for k in range(3)]
    part = np.where(np.stack(busy, axis=1), np.exp(parts), 0)
    part /= part.sum(axis=1, keepdims=True)
    least = CLUSTERED.least_compute
    np.testing.assert_allclose(decision.compute, least + (1 - 3 * least) * part)


@pytest.fixture
def environment() -> Any:
    pytest.importorskip("pettingzoo")
    from difsched.env.mec.parallel_env import MecParallelEnv

    return MecParallelEnv


@pytest.mark.parametrize("config", [phase_one("code", 4), CLUSTERED])
def test_it_passes_the_tests_of_pettingzoo(environment: Any, config: MecConfig) -> None:
    from pettingzoo.test import parallel_api_test, parallel_seed_test

    short = config.changed({"slots": 7})
    parallel_api_test(environment(short), num_cycles=30)
    parallel_seed_test(lambda: environment(short), num_cycles=10)


def test_the_agents_are_the_documented_ones(environment: Any) -> None:
    flat, clustered = environment(phase_one("code", 3)), environment(phase_two("scaled", 4))
    assert flat.possible_agents == ["ue_0", "ue_1", "ue_2", "server"]
    assert clustered.possible_agents[:2] == ["coordinator", "ue_0"]
    assert clustered.possible_agents[-1] == "cluster_sched_3"
    assert [flat.observation_space(agent).shape for agent in ("ue_0", "server")] == [(5,), (18,)]
    assert [flat.action_space(agent).shape for agent in ("ue_0", "server")] == [(2,), (3,)]
    assert clustered.observation_space("coordinator").shape == (20,)
    assert clustered.observation_space("cluster_sched_0").shape == (97 * 7,)


def test_all_share_the_reward_and_an_episode_is_cut_off(environment: Any) -> None:
    env = environment(phase_one("code", 3).changed({"slots": 2}))
    env.reset(seed=0)
    actions = {agent: np.full(env.action_space(agent).shape, -1.0) for agent in env.agents}
    _, rewards, _, ends, infos = env.step(actions)
    assert list(rewards) == env.possible_agents and len(set(rewards.values())) == 1
    config = env.config
    told = infos["server"]
    assert rewards["ue_0"] == pytest.approx(
        config.weight_qos * told["qos"] - config.weight_energy * told["energy_j"]
    )
    assert not any(ends.values()) and not env.simulator.last.decision.offloaded.any()
    assert all(env.step(actions)[3].values())
    assert env.agents == []


def test_bad_actions_of_an_agent_are_refused(environment: Any) -> None:
    env = environment(phase_one("code", 3))
    env.reset(seed=0)
    good = {agent: np.zeros(env.action_space(agent).shape) for agent in env.agents}
    for bad, message in (
        ([0.0], r"action of ue_1 has shape \(1,\): must be \(2,\)"),
        ([0.0, np.nan], r"action of ue_1 holds nan: must be in \[-4, 4\]"),
        ([0.0, 5.0], r"action of ue_1 holds 5.0: must be in"),
        (["a", "b"], "action of ue_1: must be numbers"),
    ):
        with pytest.raises(InputError, match=message):
            env.step({**good, "ue_1": bad})
    with pytest.raises(InputError, match="actions have none of server"):
        env.step({agent: good[agent] for agent in good if agent != "server"})
