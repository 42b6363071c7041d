"""Sharing a budget under curves of any shape."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.env.slice.link.sigmoid import success_probability
from difsched.utils.knapsack import CHUNK_WINDOWS, allocate


@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_no_way_to_share_is_worth_more(users: int, budget: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(3, users, budget + 1))
    ways = [way for way in product(range(budget + 1), repeat=users) if sum(way) == budget]
    worth = values[:, np.arange(users), np.array(ways)].sum(axis=-1)
    grants = allocate(values)
    assert (grants.sum(axis=1) == budget).all() and grants.min() >= 0
    ours = np.take_along_axis(values, grants[..., None], axis=2).sum(axis=(1, 2))
    np.testing.assert_allclose(ours, worth.max(axis=1))
    alone = [allocate(values[[window]])[0] for window in range(len(values))]
    assert np.array_equal(grants, alone)


def test_sigmoids_are_shared_as_the_oracle_shares_them() -> None:
    demand = np.random.default_rng(0).uniform(0, 150, (CHUNK_WINDOWS + 9, 5))
    values = demand[..., None] * success_probability(np.arange(61), 0.3, 10)
    ours = np.take_along_axis(values, allocate(values)[..., None], axis=2).sum(axis=(1, 2))
    np.testing.assert_allclose(ours, maximize_sigmoids(demand, 0.3, 10, 60, "dp").value)
