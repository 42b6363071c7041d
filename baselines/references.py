"""Costs of the two methods that a configuration's score stands on."""

from typing import Any

from difsched.baselines import registry
from difsched.baselines.method import Task
from difsched.evaluation.scoring import mean_loss
from difsched.family import Configuration, family_of


def reference_losses(config: Configuration, source: Any, n_windows: int) -> dict[str, float]:
    """Return the mean costs, by method, that stand for a score of 0 and of 100.

    Parameters
    ----------
    config : configuration
        Of any family.
    source : object
        What windows are drawn from; see `evaluate`.
    n_windows : int
        Common test windows.
    """
    family = family_of(config)
    references = family.references(config)

    def loss(name: str, seen: Any) -> float:
        policy = registry.find(name, family.name).fit(Task(seen, source))
        return mean_loss(policy, seen, source, n_windows)

    zero, hundred = references.zero, references.hundred
    return {
        zero: loss(zero, references.seen),
        hundred: loss(hundred, references.revealed or references.seen),
    }
