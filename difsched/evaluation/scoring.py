"""A mean cost, and its score."""

from collections.abc import Mapping
from math import isnan
from typing import Any

from difsched.evaluation.across import normalised_score
from difsched.evaluation.windows import Split, evaluate
from difsched.family import Configuration, References
from difsched.policy import Policy


def mean_loss(
    policy: Policy, config: Configuration, source: Any, n_windows: int, split: Split = "test"
) -> float:
    """Return a policy's mean cost on the common test windows; see `evaluate`."""
    return float(evaluate(policy, config, source, n_windows, split=split).loss.mean())


def score(loss: float, scale: Mapping[str, float], references: References) -> float | None:
    """Return a cost's normalised score; None where there is none.

    Parameters
    ----------
    loss : float
        The cost.
    scale : mapping
        The costs of the references by name.
    references : References
        Of the configuration.
    """
    if references.none is not None:
        return None
    points = float(normalised_score(loss, scale[references.zero], scale[references.hundred]))
    return None if isnan(points) else points
