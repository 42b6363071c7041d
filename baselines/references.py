"""The two methods that a configuration's score stands on: their costs, and where they give none."""

from collections.abc import Mapping
from typing import Any

from difsched.baselines import registry
from difsched.baselines.method import Method, Task
from difsched.evaluation.scoring import mean_loss, score
from difsched.evaluation.windows import Split
from difsched.family import Configuration, References, family_of


def reference_losses(
    config: Configuration, source: Any, n_windows: int, split: Split = "test"
) -> dict[str, float]:
    """Return the mean costs, by method, that stand for a score of 0 and of 100.

    Parameters
    ----------
    config : configuration
        Of any family.
    source : object
        What windows are drawn from; see `evaluate`.
    n_windows : int
        Common test windows.
    split : {"test", "train"}, optional
        Of what; see `evaluate`.
    """
    family = family_of(config)
    references = family.references(config)

    def loss(name: str, seen: Any) -> float:
        policy = registry.find(name, family.name).fit(Task(seen, source))
        return mean_loss(policy, seen, source, n_windows, split)

    zero, hundred = references.zero, references.hundred
    return {
        zero: loss(zero, references.seen),
        hundred: loss(hundred, references.revealed or references.seen),
    }


def reference_methods(
    references: References, known: Mapping[str, Method], information: str | None
) -> tuple[Method, Method]:
    """Return the methods of score 0 and 100 among those of a family.

    Where several are made as the latter is, it is the one that sees as much.
    """
    zero, hundred = known[references.zero], known[references.hundred]
    alike = (method for method in known.values() if method.make is hundred.make)
    return zero, next((one for one in alike if one.information == information), hundred)


def no_scale(zero: Method, hundred: Method) -> str:
    """Return why there is no score where the references are of no use."""
    return f"{zero.label} does no worse than {hundred.label}"


def unscored(scale: Mapping[str, float], config: Configuration) -> str | None:
    """Return why costs of a configuration have no score, None where they have one.

    Parameters
    ----------
    scale : mapping
        The costs of the references by name.
    config : configuration
        Of any family.
    """
    family = family_of(config)
    references = family.references(config)
    if references.none is not None:
        return references.none
    if score(scale[references.hundred], scale, references) is not None:
        return None
    seen = getattr(references.seen, "information", None)
    return no_scale(*reference_methods(references, registry.methods(family.name), seen))
