"""What a learner knows of the problem for which it decides."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.outcomes import Outcomes, OutcomeScale
from difsched.config.base import check_choice, check_flag, check_int, check_mapping, check_number
from difsched.family import Configuration, family_of, mean_outcome


@dataclass(frozen=True)
class Problem:
    """Actions, outcomes and observations of a configuration.

    Attributes
    ----------
    family : str
        Its problem family.
    space : ActionSpace
        What is admitted, and the units of actions.
    outcomes : Outcomes
        What becomes of entities, and the reward that follows.
    entities : int
        N.
    view : mapping
        What its observations mean beyond their shape; see `difsched.family.Family`.
    """

    family: str
    space: ActionSpace
    outcomes: Outcomes
    entities: int
    view: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        config: Configuration,
        entities: int,
        units: Mapping[str, Any],
        scale: OutcomeScale,
    ) -> "Problem":
        """Return the problem of a configuration.

        Parameters
        ----------
        config : configuration
        entities : int
            N.
        units : mapping
            ``center``, ``scale`` and ``project`` of its `ActionSpace`.
        scale : OutcomeScale
            Units of its outcomes.
        """
        family = family_of(config)
        combine = family.combine(config)
        return cls(
            family.name,
            ActionSpace(family.actions(config), **units),
            Outcomes(scale, None if combine is mean_outcome else combine),
            entities,
            dict(family.view(config)),
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], config: Configuration) -> "Problem":
        """Return the problem of `to_dict`, with the actions of a configuration of its family.

        Raises
        ------
        InputError
            If it is of another family, or a value is not allowed.
        KeyError
            If a value is missing.
        """
        family = family_of(config)
        check_choice("family", values["family"], [family.name])
        units = check_mapping("space", values["space"])
        check_number("center", units["center"], float("-inf"))
        check_number("scale", units["scale"], 0, open_low=True)
        check_flag("project", units["project"])
        scale = OutcomeScale.from_dict(values["outcomes"])
        problem = cls.of(config, check_int("entities", values["entities"], 1), units, scale)
        return replace(problem, view=check_mapping("view", values["view"]))

    def for_config(self, config: Configuration, features: int) -> "Problem":
        """Return the problem of another configuration, in the same units.

        Parameters
        ----------
        config : configuration
            Of the same family.
        features : int
            Features of the observations that were learned from.

        Raises
        ------
        InputError
            If its observations mean something else.
        """
        family = family_of(config)
        family.check_view(features, self.view, config)
        space = replace(self.space, actions=family.actions(config))
        view = dict(family.view(config))
        return replace(self, space=space, entities=family.entities(config), view=view)

    def to_dict(self) -> dict[str, Any]:
        """Return what a file of weights says of the problem, as plain values."""
        space = self.space
        return {
            "family": self.family,
            "space": {"center": space.center, "scale": space.scale, "project": space.project},
            "outcomes": self.outcomes.scale.to_dict(),
            "entities": self.entities,
            "view": dict(self.view),
        }
