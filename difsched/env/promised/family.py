"""Slices with a promised floor as a problem family: the slice's, and whether floors were kept."""

from dataclasses import replace

from difsched.env.promised.config import CONFIGURATIONS, PromisedConfig
from difsched.env.slice.debt import FLOOR_TOLERANCE
from difsched.env.slice.family import FAMILY as SLICE
from difsched.env.slice.view import full_view
from difsched.family import Family, Metric, References


def references(config: PromisedConfig) -> References:
    """Return the equal split, which need not keep floors, and the primal-dual planner, which does.

    Both see the channel and debts, and of the demand what a scheduler is shown.
    """
    seen = replace(full_view(config), debt_information=True)
    return References(zero="equal", hundred="primal_dual", seen=seen)


FAMILY: Family = replace(
    SLICE,
    name="promised",
    load=CONFIGURATIONS.load,
    parse=PromisedConfig.from_dict,
    configurations=CONFIGURATIONS.numbers,
    name_of=CONFIGURATIONS.name_of,
    references=references,
    metrics=(
        Metric("shortfall", "Shortfall", "", "lower"),
        Metric("floor_met", "Floors kept", "", "higher"),
        *SLICE.metrics,
    ),
    tolerated=("shortfall", FLOOR_TOLERANCE),
    # A floor is kept over an episode as long as the user's own.
    test_episode=lambda config: config.LEN_episode,
)
