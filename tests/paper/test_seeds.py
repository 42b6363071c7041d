"""How many seeds stand behind a mean, in words."""

import pandas as pd
import pytest

from difsched.baselines.registry import METHODS
from paper.shared.seeds import seeds_told


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"equal": 1, "dql_set": 1, "cql": 1}, "one seed"),
        ({"equal": 1, "dql_set": 3, "cql": 3}, "3 seeds"),
        ({"equal": 1, "cql": 3, "iql": 3, "dql_set": 10}, "3 seeds (10 of DQL-Set (ours))"),
        (
            {"cql": 3, "iql": 3, "td3_bc": 3, "dql_set": 10, "det_set": 10, "bc": 2},
            "3 seeds (10 of Det-Set and DQL-Set (ours))",
        ),
        ({}, "one seed"),
    ],
)
def test_those_that_have_more_seeds_are_named(counts: dict[str, int], told: str) -> None:
    assert seeds_told(pd.Series(counts, dtype=int), METHODS) == told
