"""What a cost is scored against, and where it has no score."""

from collections.abc import Mapping
from typing import Any

from difsched.evaluation.across import normalised_score
from difsched.evaluation.windows import evaluate
from difsched.family import Configuration, References
from difsched.policy import Policy

#: Why costs have no score where the references are of no use.
NO_SCALE = "the equal split loses no more than the oracle with the same information"


def mean_loss(policy: Policy, config: Configuration, source: Any, n_windows: int) -> float:
    """Return a policy's mean cost on the common test windows; see `evaluate`."""
    return float(evaluate(policy, config, source, n_windows).loss.mean())


def unscored(scale: Mapping[str, float], references: References) -> str | None:
    """Return why costs of a configuration have no score, None where they have one.

    Parameters
    ----------
    scale : mapping
        The costs of the references by name.
    references : References
        Of the configuration.
    """
    if references.none is not None:
        return references.none
    zero, hundred = scale[references.zero], scale[references.hundred]
    at_best = float(normalised_score(hundred, zero, hundred))
    return None if at_best == at_best else NO_SCALE


def score(loss: float, scale: Mapping[str, float], references: References) -> float | None:
    """Return a cost's normalised score, None where there is none; see `unscored`."""
    if unscored(scale, references) is not None:
        return None
    return float(normalised_score(loss, scale[references.zero], scale[references.hundred]))
