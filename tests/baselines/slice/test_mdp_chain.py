"""The MDP's demand states and their chain."""

from itertools import combinations

import numpy as np
import pytest

from difsched.baselines.slice.markov.chain import expect_next, fit_chain, stationary
from difsched.baselines.slice.markov.quantiser import fit_quantiser, quantise, thresholds


def squared_error(counts: np.ndarray, representatives: np.ndarray) -> float:
    return float((np.abs(counts[:, None] - representatives).min(axis=1) ** 2).sum())


@pytest.mark.parametrize("seed", range(20))
def test_quantiser_has_the_least_squared_error_of_all_partitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    packets = rng.choice(rng.permutation(60)[:9], size=40)
    values = np.unique(packets)
    cells = min(3, len(values))
    best = np.inf
    for cuts in combinations(range(1, len(values)), cells - 1):
        groups = np.split(values, cuts)
        error = sum(
            ((x := packets[np.isin(packets, g)]) - x.mean()) @ (x - x.mean()) for g in groups
        )
        best = min(best, error)
    assert squared_error(packets, fit_quantiser(packets, cells)) == pytest.approx(best)


def test_quantiser_cells_average_to_their_representatives() -> None:
    packets = np.random.default_rng(3).binomial(200, 0.3, 1500)
    representatives = fit_quantiser(packets, 5)
    states = quantise(packets, thresholds(representatives))
    means = [packets[states == state].mean() for state in range(5)]
    np.testing.assert_allclose(means, representatives)


def test_chain_rows_are_distributions_and_unseen_transitions_stay_possible() -> None:
    transition = fit_chain(np.array([0, 0, 1, 0, 1, 1, 2]), 4)
    np.testing.assert_allclose(transition.sum(axis=1), 1)
    assert (transition > 0).all()


def test_chain_recovers_the_one_that_made_a_long_path() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.05, 0.15, 0.8]])
    path = [0]
    for uniform in rng.random(60_000):
        path.append(int(np.searchsorted(np.cumsum(truth[path[-1]]), uniform)))
    np.testing.assert_allclose(fit_chain(np.array(path), 3), truth, atol=0.02)


@pytest.mark.parametrize("users", [1, 2, 3])
def test_joint_expectation_is_the_kronecker_product(users: int) -> None:
    rng = np.random.default_rng(users)
    transition = rng.dirichlet(np.ones(3), size=3)
    joint = np.ones((1, 1))
    for _ in range(users):
        joint = np.kron(joint, transition)
    value = rng.normal(size=3**users)
    np.testing.assert_allclose(expect_next(transition, value, users), joint @ value)


@pytest.mark.parametrize("seed", range(5))
def test_stationary_law_is_what_the_chain_leaves_alone(seed: int) -> None:
    chain = np.random.default_rng(seed).dirichlet(np.full(6, 0.3), size=6)
    law = stationary(chain)
    np.testing.assert_allclose(law @ chain, law, rtol=1e-12)
    assert law.sum() == pytest.approx(1) and (law > 0).all()


@pytest.mark.parametrize(("there", "back"), [(0.2, 0.3), (1e-12, 0.5), (0.4, 1e-14)])
def test_stationary_law_of_two_states_is_exact_even_where_one_is_rare(
    there: float, back: float
) -> None:
    law = stationary(np.array([[1 - there, there], [back, 1 - back]]))
    np.testing.assert_allclose(law, np.array([back, there]) / (there + back), rtol=1e-13)
