"""With which probability logged grants were drawn: what off-policy estimators divide by.

It follows from how the data were made, which their card tells: the last episodes of a dataset have
random reservations, `RandomPolicy`, whose grant to a single user has the same distribution in every
window. Who reserves in the other episodes draws nothing that is known: sub-agents decide without
chance, and experts draw subsets of users.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from difsched.config.base import check_number
from difsched.data.arrays import cast
from difsched.env.slice.allocation import scale_to_budget
from difsched.errors import InputError
from difsched.typing import Floats

if TYPE_CHECKING:
    from difsched.env.slice.dataset import OfflineDataset

#: User-windows in which grants are counted: a chance of 1 % is found within .7 % of itself.
COUNTED = 1 << 21
#: Of these, how many are drawn at once.
AT_ONCE = 1 << 19


def propensities(data: "OfflineDataset") -> NDArray[np.float32]:
    """Return the probability (W, N) with which each user's grant was drawn; 0: it was not drawn.

    Raises
    ------
    InputError
        If the data do not say that windows were drawn at random, or the windows contradict it.
    """
    share = _random_share(data)
    episodes = len(data.final_observation)
    drawn = round(share * episodes) * data.episode_length
    if not drawn:
        raise InputError(
            "no propensities: must be data with an array propensity, or whose card says that "
            "reservations were random (dataset.behaviour = random, or dataset.random_share > 0)"
        )
    found = np.zeros(data.allocation.shape, np.float32)
    grants = data.allocation[-drawn:]
    budget = int(grants[0].sum())
    if (grants.sum(axis=1) != budget).any():
        raise InputError(
            "no propensities: random reservations spend the same budget in every window, "
            "these do not"
        )
    found[-drawn:] = grant_chances(budget, grants.shape[1])[grants]
    return found


def check_odds(odds: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return propensities as datasets keep them; raise InputError if they are none."""
    kept = cast("propensity", odds)
    if kept.shape != shape:
        raise InputError(f"propensity has shape {kept.shape}: must be {shape}, as allocation")
    if (off := (kept < 0) | (kept > 1)).any():
        raise InputError(f"propensity holds {kept[off][0]:g}: must be >= 0 and <= 1")
    return kept


def _random_share(data: "OfflineDataset") -> float:
    """Return the share of the episodes, the last ones, that a card calls random; 0 without one."""
    recipe = data.card.get("dataset")
    if not isinstance(recipe, dict):
        return 0.0
    if recipe.get("behaviour") == "random":
        return 1.0
    return check_number("dataset.random_share", recipe.get("random_share", 0.0), 0, 1)


@cache
def grant_chances(budget: int, users: int) -> Floats:
    """Return the probability (B + 1,) of each grant to a user under random reservations.

    Weights are uniform in [0, 1], their shares of the budget rounded to whole RBs
    (`scale_to_budget`). The probabilities are counted in draws of a fixed seed; a grant that was
    not met counts half a draw.

    Parameters
    ----------
    budget : int
        B, RBs.
    users : int
        N, >= 1.
    """
    generator = np.random.default_rng(0)
    counts = np.full(budget + 1, 0.5)
    windows = AT_ONCE // users + 1
    for _ in range(COUNTED // AT_ONCE):
        grants = scale_to_budget(generator.random((windows, users)), budget)
        counts += np.bincount(grants.ravel(), minlength=budget + 1)
    return counts / counts.sum()
