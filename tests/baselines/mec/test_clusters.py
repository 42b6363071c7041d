"""Many users and queues: the search, the convex shares, and the linear programme's bound."""

from dataclasses import replace
from itertools import permutations, product

import cvxpy as cp
import numpy as np
import pytest

from difsched.baselines.mec import rules
from difsched.baselines.mec.greedy import greedy
from difsched.baselines.mec.intervals import least_shares
from difsched.baselines.mec.oracle import optimum
from difsched.baselines.mec.relaxation import upper_bound
from difsched.baselines.mec.search import as_table, flips, search
from difsched.baselines.mec.shares import improve_shares
from difsched.baselines.mec.solution import evaluate
from difsched.env.mec.config import MecConfig
from difsched.env.mec.physics import density_efficiency, upload_seconds
from difsched.env.mec.simulator import Simulator
from difsched.errors import InputError
from tests.env.mec.actions import random_action
from tests.env.mec.presets import phase_one, phase_two


def draw(config: MecConfig, windows: int, entropy: int = 1) -> np.ndarray:
    return Simulator(config, windows, np.random.SeedSequence(entropy)).observe()


@pytest.mark.parametrize("name", ["code", "fixed"])
def test_least_shares_upload_just_in_time(name: str) -> None:
    config = phase_one(name)
    rng = np.random.default_rng(0)
    data, distance = rng.uniform(16, 80, 50), rng.uniform(0, 60, 50)
    share = rng.uniform(0.01, 1, 50)
    time = upload_seconds(data, distance, share, config)
    least = least_shares(data, distance, time, config)
    np.testing.assert_allclose(least, share, rtol=1e-7)
    assert (least <= share).all()
    assert (least_shares(data, distance, np.zeros(50), config) > 1).all()


@pytest.mark.parametrize("name", ["clustered_code", "by_share", "scaled"])
def test_no_action_of_a_small_problem_exceeds_the_bound(name: str) -> None:
    config = replace(
        phase_two(name, 2, 3), least_share=0.0, least_compute=0.05, server_ghz=6.0, server_w=5.0
    )
    config = replace(config, bandwidth_mhz=15.0)
    seen = draw(config, 6)
    bound = np.min([upper_bound(seen, config, levels) for levels in (1, 3, 8)], axis=0)
    best = np.full(len(seen), -np.inf)
    levels = [share for share in product([0.0, 0.2, 0.35, 0.5, 0.8, 1.0], repeat=3)]
    for share, claim, order in product(
        [share for share in levels if 0 < sum(share) <= 1],
        [(1, 1), (3, 1), (1, 3), (20, 1)],
        permutations(range(3)),
    ):
        claims = np.array(claim)[seen[..., 5].astype(int)]
        action = np.stack(
            [np.tile(share, (6, 1)), np.tile(order, (6, 1)).astype(float), claims], axis=-1
        )
        np.maximum(best, evaluate(action, seen, config), out=best)
    assert (best <= bound + 1e-9).all()
    assert (best > evaluate(rules.all_local(seen, config), seen, config)).any()


@pytest.mark.parametrize("name", ["code", "fixed"])
def test_with_one_queue_search_and_bound_enclose_the_certified_optimum(name: str) -> None:
    config = phase_one(name, 5)
    seen = draw(config, 8)
    exact = optimum(seen, config)
    found = search(seen, config)
    assert (found.value <= exact.bound + 1e-9).all()
    assert (exact.value <= upper_bound(seen, config) + 1e-9).all()
    room = exact.value.mean() - evaluate(rules.all_local(seen, config), seen, config).mean()
    assert (exact.value - found.value).mean() <= 0.03 * room


@pytest.mark.parametrize(("name", "clusters"), [("clustered_code", 10), ("scaled", 4)])
def test_the_search_is_between_greedy_and_the_bound(name: str, clusters: int) -> None:
    config = phase_two(name, clusters)
    seen = draw(config, 1)
    found = search(seen, config, rounds=1)
    assert found.value[0] > evaluate(greedy(seen, config), seen, config)[0]
    np.testing.assert_allclose(evaluate(found.action, seen, config), found.value)
    bound = upper_bound(seen, config)
    for action in (
        found.action,
        rules.all_local(seen, config),
        rules.all_offload(seen, config),
        rules.serve_first(seen, 24, "most_late", config),
        random_action(seen, np.random.default_rng(0), config),
    ):
        assert evaluate(action, seen, config)[0] <= bound[0]


def test_the_bound_holds_for_a_user_alone_that_is_late() -> None:
    config = replace(phase_one("code", 1), deadline_s=(0.3, 0.6))
    seen = draw(config, 30)
    value = evaluate(np.ones((30, 1)), seen, config)
    bound = upper_bound(seen, config)
    gains = value > local_value(seen, config)
    assert gains.sum() > 10
    assert (bound >= value - 1e-12).all()
    # One interval of QoS at most.
    assert (bound - value)[gains].max() <= config.weight_qos * 0.1 / 0.3 + 1e-2


def local_value(seen: np.ndarray, config: MecConfig) -> np.ndarray:
    return evaluate(rules.all_local(seen, config), seen, config)


def test_more_levels_tighten_the_bound() -> None:
    config = phase_two("clustered_code", 10, 40)
    seen = draw(config, 2)
    one, two, four = (upper_bound(seen, config, levels) for levels in (1, 2, 4))
    # The edges of the levels are nested.
    assert (one >= two - 1e-9).all() and (two >= four - 1e-9).all()
    assert (one > four + 1e-4).any()
    with pytest.raises(InputError, match="levels = 0: must be >= 1"):
        upper_bound(seen, config, 0)


def test_improved_shares_are_the_convex_optimum_of_their_order() -> None:
    config = replace(
        phase_two("scaled", 3, 12), bandwidth_mhz=80.0, server_ghz=18.0, least_share=0.0
    )
    seen = draw(config, 1, entropy=3)
    served = (-rules.lateness(seen[0])).argsort()[:6]
    share = np.zeros((1, 12))
    share[0, served] = rules.urgency(seen[0])[served]
    action = as_table(share / share.sum(), seen, config)
    improved = improve_shares(action, seen, config, steps=400)
    assert ((improved[..., 0] > 0) == (share > 0)).all()
    np.testing.assert_array_equal(improved[..., 1], action[..., 1])

    order = served[seen[0, served, 2].argsort()]
    data, cycles, deadline, distance = seen[0, order, :4].T
    cluster = seen[0, order, 5].astype(int)
    theta, phi = cp.Variable(6), cp.Variable(3)
    airtime = data / (config.bandwidth_mhz * density_efficiency(distance, config))
    late = []
    for i in range(6):
        ends = []
        for j in range(i + 1):
            if cluster[j] == cluster[i]:
                between = cycles[j : i + 1][cluster[j : i + 1] == cluster[i]].sum()
                seconds = between / config.server_ghz * cp.inv_pos(phi[int(cluster[i])])
                ends.append(airtime[j] * cp.inv_pos(theta[j]) + seconds)
        late.append(cp.pos(cp.maximum(*ends, 0) - deadline[i]) / deadline[i])
    limits = [cp.sum(theta) <= 1, cp.sum(phi) <= 1, phi >= config.least_compute]
    problem = cp.Problem(cp.Minimize(cp.sum(late)), limits)
    problem.solve(cp.CLARABEL)
    assert max(item.value for item in late) < 1  # else clipped: not convex
    ideal = np.array(action)
    ideal[0, order, 0] = theta.value
    count = np.bincount(cluster, minlength=3)[cluster]
    ideal[0, order, 2] = (phi.value[cluster] - config.least_compute) / count
    best = evaluate(ideal, seen, config)[0]
    start = evaluate(action, seen, config)[0]
    assert evaluate(improved, seen, config)[0] >= best - 0.02 * (best - start)


def test_improving_shares_never_loses() -> None:
    config = phase_two("scaled", 7, 40)
    seen = draw(config, 4)
    rng = np.random.default_rng(0)
    for window in seen[:, None]:
        action = random_action(window, rng, config)
        before = evaluate(action, window, config)
        assert evaluate(improve_shares(action, window, config), window, config) >= before
    nobody = np.zeros((1, 40, 3))
    np.testing.assert_array_equal(improve_shares(nobody, seen[:1], config), nobody)


def test_flips_change_one_user_each() -> None:
    config = phase_two("scaled", 4, 20)
    seen = draw(config, 1)
    action = as_table(rules.serve_first(seen, 5, "most_late", config), seen, config)[0]
    tried = flips(action, seen, config)
    assert ((tried[..., 0] > 0) ^ (action[:, 0] > 0) == np.eye(20, dtype=bool)).all()
    np.testing.assert_allclose(tried[..., 0].sum(axis=1), 1)


def test_a_window_is_searched_alike_alone_and_among_others() -> None:
    config = phase_two("scaled", 4, 20)
    seen = draw(config, 2)
    both = search(seen, config, rounds=2)
    for window in range(2):
        alone = search(seen[window : window + 1], config, rounds=2)
        np.testing.assert_array_equal(alone.action[0], both.action[window])
    assert np.isinf(both.bound).all()
