"""How a dataset of any family is collected, and its card."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from difsched.config.base import Config, check_choice, check_text, whole
from difsched.data.transitions import Transitions

if TYPE_CHECKING:
    from difsched.family import Family


@dataclass(frozen=True)
class Recipe(Config):
    """How a dataset is collected, where a family has no other way.

    Attributes
    ----------
    n_windows : int
        Windows, about: whole episodes are collected.
    behaviour : str
        Who acts; one of the family's ``behaviours``.
    """

    n_windows: Annotated[int, whole(1, 10_000_000)]
    behaviour: Annotated[str, check_text] = "random"

    @classmethod
    def of(cls, family: "Family", config: Any, changes: Mapping[str, Any]) -> "Recipe":
        """Return the recipe of a configuration, with some fields replaced.

        Raises
        ------
        InputError
            If a field is unknown or not allowed, or the family has no such behaviour.
        """
        recipe = cls(family.windows(config), family.behaviour(config)).changed(changes)
        recipe.check(family)
        return recipe

    def check(self, family: "Family") -> None:
        """Raise InputError unless the family has the behaviour."""
        check_choice("behaviour", self.behaviour, family.behaviours)


def gather(
    family: "Family", config: Any, recipe: Recipe, number: int | str
) -> tuple[Transitions, dict[str, Any]]:
    """Collect a dataset: the one way in which the suite makes one.

    Parameters
    ----------
    family : Family
    config : configuration
        Of the family.
    recipe : Recipe
    number : int or str
        Of the configuration, or another name of it: on the card.

    Returns
    -------
    Transitions
    dict
        Its card; see `Transitions.save`.

    Raises
    ------
    InputError
        If the family has no such behaviour.
    """
    data = family.collect(family, config, recipe.n_windows, recipe.behaviour)
    loss = float(-data.reward.mean(dtype=float))
    card = {
        "family": family.name,
        "config": number,
        "seed": config.randomSeed,
        "dataset": recipe.to_dict(),
        "environment": config.to_dict() | dict.fromkeys(data.LOCAL),
        "loss": {recipe.behaviour: loss},
        "behaviour_loss": loss,
    }
    return data, card
