"""Plans of users who share nothing but a price, against every plan that there is."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from difsched.baselines.slice.deadlines.programme import best_plans


@given(
    st.integers(1, 2),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(0, 2**32),
)
def test_no_allowed_plan_costs_less(
    users: int, windows: int, size: int, delay: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    packets = rng.uniform(0, 50, (users, windows))
    failure = rng.random((users, windows, size))
    # Each window allows the first choices alone, as many as it likes.
    most = rng.integers(0, size, windows)
    cost = np.where(np.arange(size) <= most[:, None], rng.random((windows, size)), np.inf)

    def value(plan: tuple[int, ...]) -> float:
        failed = failure[:, range(windows), plan]
        lost = sum(
            (packets[:, born] * failed[:, born : born + delay + 1].prod(axis=1)).sum()
            for born in range(windows - delay)
        )
        return float(cost[range(windows), plan].sum() + lost)

    least, plan = best_plans(packets[None], failure[None], cost[None], delay)
    every = [value(one) for one in product(range(size), repeat=windows)]
    np.testing.assert_allclose(least[0], min(every))
    np.testing.assert_allclose(value(tuple(plan[0])), min(every))
