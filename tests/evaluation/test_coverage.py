"""Intervals cover as often as they say, with three seeds."""

import numpy as np
import pytest

from benchmarks.coverage import EPISODE, EPISODES, SEEDS, overall_coverage, paired_coverage

#: A standard deviation over seeds that gives the mean as large an error as the episodes do.
EVEN = EPISODE * np.sqrt(2 * SEEDS / EPISODES)


@pytest.mark.parametrize("spreads", [(EVEN, EVEN), (2 * EVEN, 0.0), (0.0, 0.0)])
def test_paired_intervals_cover_and_simpler_ones_do_not(spreads: tuple[float, float]) -> None:
    ours, seeds, episodes = paired_coverage("normal", spreads, 400)
    # The standard error of 400 trials at 95 % is 1.1 %.
    assert ours > 0.925
    assert min(seeds, episodes) < 0.85


def test_statistics_across_configurations_cover_and_a_bootstrap_does_not() -> None:
    for name, (ours, bootstrap) in overall_coverage("heavy-tailed", 80).items():
        assert ours > 0.9, name
        assert bootstrap < 0.9, name
