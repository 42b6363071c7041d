"""A configuration of any family in a row: features that are standardised, actions in [-1, 1]."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from difsched.action_set import ActionSet
from difsched.config.base import check_choice, check_int, check_list, check_mapping, check_number
from difsched.data.transitions import Transitions
from difsched.errors import InputError
from difsched.family import Configuration, Family, family_of

#: Windows with random actions in which features are measured.
MEASURED = 2000
#: Least standard deviation of a feature that is no constant.
LEAST_SD = 1e-6


@dataclass(frozen=True)
class FlatProblem:
    """What perceptrons see of a configuration, and what they may do.

    A window's features (D,) are those of its N entities one after the other, D = N F. An action
    (A',) has one number in [-1, 1] for each of the family's action, from the low end of its box to
    the high one; the family's set makes of it what is allowed.

    Attributes
    ----------
    family : Family
    view : mapping
        What its observations mean beyond their shape; see `Family.view`.
    actions : ActionSet
        What is allowed.
    entities : int
        N.
    mean, sd : tuple of float
        Of each feature of an entity, (F,) each; sd > 0.
    """

    family: Family
    view: Mapping[str, Any]
    actions: ActionSet
    entities: int
    mean: tuple[float, ...]
    sd: tuple[float, ...]

    @classmethod
    def of(cls, config: Configuration, source: Any = None, data: Transitions | None = None) -> Self:
        """Return the problem of a configuration.

        The features' moments are those that the family knows; else they are measured.

        Parameters
        ----------
        config : configuration
            Of any family.
        source : object
            What windows are drawn from; see `Family.simulator`.
        data : Transitions, optional
            In which moments are measured; windows with random actions when left out.
        """
        family = family_of(config)
        if family.moments is not None:
            mean, sd = family.moments(config, source)
        else:
            measured = family.collect(family, config, MEASURED) if data is None else data
            flat = measured.observation.reshape(-1, measured.observation.shape[-1]).astype(float)
            mean, sd = flat.mean(axis=0), flat.std(axis=0)
        sd = np.where(sd > LEAST_SD, sd, 1.0)
        return cls(
            family,
            dict(family.view(config)),
            family.actions(config),
            family.entities(config),
            tuple(mean.tolist()),
            tuple(sd.tolist()),
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], config: Configuration) -> Self:
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
        mean = [check_number("mean", v, -np.inf) for v in check_list("mean", values["mean"])]
        sd = [check_number("sd", v, 0, open_low=True) for v in check_list("sd", values["sd"])]
        if len(mean) != len(sd):
            raise InputError(f"mean has {len(mean)} entries, sd {len(sd)}: must be equal")
        return cls(
            family,
            check_mapping("view", values["view"]),
            family.actions(config),
            check_int("entities", values["entities"], 1),
            tuple(mean),
            tuple(sd),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what a file of weights says of the problem, as plain values."""
        return {
            "family": self.family.name,
            "view": dict(self.view),
            "entities": self.entities,
            "mean": list(self.mean),
            "sd": list(self.sd),
        }

    @property
    def whole(self) -> bool:
        """Whether there is one action for the whole."""
        return self.actions.scope == "whole"

    @property
    def any_number(self) -> bool:
        """Whether the networks serve any number of entities; then they see their mean."""
        return self.whole

    def for_config(self, config: Configuration) -> Self:
        """Return the problem of another configuration, seen and done in the same units.

        Raises
        ------
        InputError
            If its observations mean something else, or there are other entities in a row.
        """
        self.family.check_view(len(self.mean), self.view, config)
        if (entities := self.family.entities(config)) != self.entities and not self.any_number:
            raise InputError(
                f"trained on {self.entities} {self.family.entity}s: must be {entities}, as in the "
                f"configuration; its network sees the {self.family.entity}s in a row and decides "
                "for that number alone"
            )
        return replace(self, actions=self.family.actions(config), entities=entities)

    @property
    def observation_space(self) -> spaces.Box:
        """Return the space of features, (D,)."""
        return spaces.Box(-np.inf, np.inf, (self.entities * len(self.mean),))

    @property
    def action_space(self) -> spaces.Space[Any]:
        """Return the space of actions, (A',)."""
        return spaces.Box(-1.0, 1.0, (int(np.prod(self.actions.shape(self.entities))),))

    def features(self, observation: NDArray[Any]) -> NDArray[np.float32]:
        """Map observations (W, N, F) to features (W, D), entity by entity."""
        scaled = (observation - self.mean) / self.sd
        return scaled.reshape(len(scaled), -1).astype(np.float32)

    def decode(self, actions: NDArray[Any], observation: NDArray[Any]) -> NDArray[Any]:
        """Map actions (W, A') in [-1, 1] to what the simulator takes for observations (W, N, F)."""
        unit = ((np.clip(actions, -1, 1) + 1) / 2).astype(np.float64)
        asked = self.actions.low + (self.actions.high - self.actions.low) * unit
        shape = self.actions.shape(observation.shape[-2])
        return self.actions.check(asked.reshape(len(asked), *shape), observation)

    def encode(self, action: NDArray[Any]) -> NDArray[np.float32]:
        """Map admitted actions (W, *shape) to actions (W, A') that `decode` maps to them."""
        asked = self.actions.request(action)
        unit = (asked - self.actions.low) / (self.actions.high - self.actions.low)
        return (2 * unit - 1).reshape(len(unit), -1).astype(np.float32)
