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
from difsched.env.mec.config import Config, phase_one, phase_two
from difsched.env.mec.physics import density_efficiency, upload_seconds
from difsched.env.mec.simulator import Simulator
from difsched.errors import InputError


def draw(config: Config, windows: int, entropy: int = 1) -> np.ndarray:
    return Simulator(config, windows, np.random.SeedSequence(entropy)).observation


@pytest.mark.parametrize("name", ["code", "fixed"])
def test_least_shares_upload_just_in_time(name: str) -> None:
    config = phase_one(name)
    rng = np.random.default_rng(0)
    data, distance = rng.uniform(16, 80, 50), rng.uniform(0, 60, 50)
    share = rng.uniform(0.01, 1, 50)
    time = upload_seconds(config, data, distance, share)
    least = least_shares(config, data, distance, time)
    np.testing.assert_allclose(least, share, rtol=1e-7)
    assert (least <= share).all()
    assert (least_shares(config, data, distance, np.zeros(50)) > 1).all()


@pytest.mark.parametrize("name", ["code", "by_share", "scaled"])
def test_no_action_of_a_small_problem_exceeds_the_bound(name: str) -> None:
    config = replace(
        phase_two(name, 2, 3), least_share=0.0, least_compute=0.05, server_ghz=6.0, server_w=5.0
    )
    config = replace(config, bandwidth_mhz=15.0)
    seen = draw(config, 6)
    bound = np.min([upper_bound(config, seen, levels) for levels in (1, 3, 8)], axis=0)
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
        np.maximum(best, evaluate(config, action, seen), out=best)
    assert (best <= bound + 1e-9).all()
    assert (best > evaluate(config, rules.all_local(config, seen), seen)).any()


@pytest.mark.parametrize("name", ["code", "fixed"])
def test_with_one_queue_search_and_bound_enclose_the_certified_optimum(name: str) -> None:
    config = phase_one(name, 5)
    seen = draw(config, 8)
    exact = optimum(config, seen)
    found = search(config, seen, np.random.default_rng(0))
    assert (found.value <= exact.bound + 1e-9).all()
    assert (exact.value <= upper_bound(config, seen) + 1e-9).all()
    room = exact.value.mean() - evaluate(config, rules.all_local(config, seen), seen).mean()
    assert (exact.value - found.value).mean() <= 0.03 * room


@pytest.mark.parametrize(("name", "clusters"), [("code", 10), ("scaled", 4)])
def test_the_search_is_between_greedy_and_the_bound(name: str, clusters: int) -> None:
    config = phase_two(name, clusters)
    seen = draw(config, 1)
    found = search(config, seen, np.random.default_rng(0), rounds=1)
    assert found.value[0] > evaluate(config, greedy(config, seen), seen)[0]
    np.testing.assert_allclose(evaluate(config, found.action, seen), found.value)
    bound = upper_bound(config, seen)
    for action in (
        found.action,
        rules.all_local(config, seen),
        rules.all_offload(config, seen),
        rules.most_late(config, seen, 24),
        rules.random_action(config, seen, np.random.default_rng(0)),
    ):
        assert evaluate(config, action, seen)[0] <= bound[0]


def test_more_levels_tighten_the_bound() -> None:
    config = phase_two("code", 10, 40)
    seen = draw(config, 2)
    one, two, four = (upper_bound(config, seen, levels) for levels in (1, 2, 4))
    # The edges of the levels are nested.
    assert (one >= two - 1e-9).all() and (two >= four - 1e-9).all()
    assert (one > four + 1e-4).any()
    with pytest.raises(InputError, match="levels = 0: must be >= 1"):
        upper_bound(config, seen, 0)


def test_improved_shares_are_the_convex_optimum_of_their_order() -> None:
    config = replace(
        phase_two("scaled", 3, 12), bandwidth_mhz=80.0, server_ghz=18.0, least_share=0.0
    )
    seen = draw(config, 1, entropy=3)
    served = (-rules.lateness(seen[0])).argsort()[:6]
    share = np.zeros((1, 12))
    share[0, served] = rules.urgency(seen[0])[served]
    action = as_table(config, share / share.sum(), seen)
    improved = improve_shares(config, action, seen, steps=400)
    assert ((improved[..., 0] > 0) == (share > 0)).all()
    np.testing.assert_array_equal(improved[..., 1], action[..., 1])

    order = served[seen[0, served, 2].argsort()]
    data, cycles, deadline, distance = seen[0, order, :4].T
    cluster = seen[0, order, 5].astype(int)
    theta, phi = cp.Variable(6), cp.Variable(3)
    airtime = data / (config.bandwidth_mhz * density_efficiency(config, distance))
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
    best = evaluate(config, ideal, seen)[0]
    start = evaluate(config, action, seen)[0]
    assert evaluate(config, improved, seen)[0] >= best - 0.02 * (best - start)


def test_improving_shares_never_loses() -> None:
    config = phase_two("scaled", 7, 40)
    seen = draw(config, 4)
    rng = np.random.default_rng(0)
    for window in seen[:, None]:
        action = rules.random_action(config, window, rng)
        before = evaluate(config, action, window)
        assert evaluate(config, improve_shares(config, action, window), window) >= before
    nobody = np.zeros((1, 40, 3))
    np.testing.assert_array_equal(improve_shares(config, nobody, seen[:1]), nobody)


def test_flips_change_one_user_each() -> None:
    config = phase_two("scaled", 4, 20)
    seen = draw(config, 1)
    action = as_table(config, rules.most_late(config, seen, 5), seen)[0]
    tried = flips(config, action, seen)
    assert ((tried[..., 0] > 0) ^ (action[:, 0] > 0) == np.eye(20, dtype=bool)).all()
    np.testing.assert_allclose(tried[..., 0].sum(axis=1), 1)


def test_the_search_depends_on_its_generator_alone() -> None:
    config = phase_two("scaled", 4, 20)
    seen = draw(config, 2)
    one, other = (search(config, seen, np.random.default_rng(7), rounds=2) for _ in range(2))
    np.testing.assert_array_equal(one.action, other.action)
    assert np.isinf(one.bound).all()
