"""The filter of hidden channel classes against enumeration."""

from itertools import pairwise, product

import numpy as np
import pytest
from scipy.stats import binom

from difsched.baselines.slice.deadlines.hidden import ClassFilter

CURVES = ClassFilter.of(np.array([0.5, 1.0, 0.8]), np.array([2.0, 3.0, 5.0]), 6, 0.7)


def test_filter_is_bayes_rule_over_every_path_of_classes() -> None:
    rng = np.random.default_rng(0)
    sent, grants = rng.integers(0, 8, 4), rng.integers(0, 7, 4)
    acknowledged = rng.binomial(sent, CURVES.curves[1, grants])
    chances = CURVES.prior(())
    for window in range(4):
        chances = CURVES.update(chances, sent[window], acknowledged[window], grants[window])
        if window < 3:
            chances = CURVES.predict(chances)
    weights = np.zeros(3)
    for path in product(range(3), repeat=4):
        chance = np.prod([0.7 if a == b else 0.15 for a, b in pairwise(path)])
        for window, kind in enumerate(path):
            chance *= binom.pmf(
                acknowledged[window], sent[window], CURVES.curves[kind, grants[window]]
            )
        weights[path[-1]] += chance
    np.testing.assert_allclose(chances, weights / weights.sum(), atol=1e-12)


def test_nothing_sent_tells_nothing_and_chances_drift_to_uniform() -> None:
    chances = np.array([[0.8, 0.15, 0.05]])
    zero = np.zeros(1, dtype=np.int64)
    np.testing.assert_allclose(CURVES.update(chances, zero, zero, zero), chances)
    for _ in range(60):
        chances = CURVES.predict(chances)
    np.testing.assert_allclose(chances, 1 / 3)


def test_many_packets_single_out_the_class() -> None:
    sent = np.array([[200, 200]])
    grants = np.array([[3, 3]])
    right = np.rint(sent * CURVES.curves[[0, 2], 3]).astype(np.int64)
    chances = CURVES.update(CURVES.prior((1, 2)), sent, right, grants)
    assert (chances.argmax(axis=-1) == [[0, 2]]).all()


def test_grants_spend_the_budget_on_the_better_channel() -> None:
    chances = np.array([[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]])
    grants = CURVES.allocate(np.array([[10.0, 10.0]]), chances)
    assert grants.sum() == 6
    assert grants[0, 0] > grants[0, 1]
    assert CURVES.mean_curves(chances).shape == pytest.approx((1, 2, 7))


def test_means_of_links_that_always_deliver_stay_probabilities() -> None:
    chances = np.random.default_rng(0).dirichlet(np.ones(5), 1000)
    mean = ClassFilter(np.ones((5, 3)), 0.9).mean_curves(chances)
    assert (mean <= 1).all() and mean == pytest.approx(1)
