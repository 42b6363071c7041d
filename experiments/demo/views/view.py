"""What a view is, and the one that serves every family: actions as bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.family import Step, family_of
from difsched.typing import Floats
from experiments.demo.views.charts import Spec, bars


@dataclass(frozen=True)
class Scene:
    """What pictures show of a window of E episodes.

    Attributes
    ----------
    table : mapping of str to (E, N) ndarray
        What is told of each entity, by the heading of its column.
    served : (E, N) ndarray of float or None
        Which part of its need each entity got, in [0, 1]; None where nothing says so.
    picture : mapping
        What else the family's pictures need.
    """

    table: Mapping[str, NDArray[Any]]
    served: Floats | None = None
    picture: Mapping[str, Any] = field(default_factory=dict)

    def rows(self, episode: int, entity: str) -> list[dict[str, Any]]:
        """Return the table of an episode: one row an entity, numbered from 1."""
        columns = {name: values[episode] for name, values in self.table.items()}
        count = len(next(iter(columns.values()), ()))
        return [
            {entity: row + 1, **{name: values[row].item() for name, values in columns.items()}}
            for row in range(count)
        ]


@dataclass(frozen=True)
class Passed:
    """A window of E episodes that has passed.

    Attributes
    ----------
    config : configuration
    simulator : Simulator
        After the window.
    before : object
        What the view noted of it before; see `View.before`.
    observation : (E, N, F) ndarray of float
        What was seen.
    granted : (E, ...) ndarray
        The action as the family's set allows it; see `View.granted`.
    step : Step
        What came of it.
    """

    config: Any
    simulator: Any
    before: Any
    observation: Floats
    granted: NDArray[Any]
    step: Step


class View:
    """What is shown of a family; this one shows actions, whatever they are."""

    def before(self, simulator: Any) -> Any:
        """Return what must be noted before a window passes; nothing here."""
        return None

    def granted(self, config: Any, action: NDArray[Any], observation: Floats) -> NDArray[Any]:
        """Return an action as the family's set allows it."""
        allowed: NDArray[Any] = family_of(config).actions(config).check(action, observation)
        return allowed

    def scene(self, passed: Passed) -> Scene:
        """Return what pictures show of a window that has passed."""
        count, entities = passed.granted.shape[:2]
        flat = passed.granted.reshape(count, entities, -1)
        columns = {f"action {k + 1}": flat[..., k] for k in range(flat.shape[-1])}
        return Scene(columns)

    def pictures(
        self, config: Any, scenes: Mapping[str, Scene], episode: int
    ) -> Sequence[tuple[str, Spec]]:
        """Return the pictures of a window, each with its title.

        Parameters
        ----------
        config : configuration
        scenes : mapping
            Name of a player -> what it did: the player itself, then what stands beside it.
        episode : int
            Which of the E.
        """
        columns = next(iter(scenes.values())).table
        return [
            (
                name,
                bars(
                    {who: one.table[name][episode] for who, one in scenes.items()}, "entity", name
                ),
            )
            for name in columns
        ]


def parts(values: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """Return values over wholes, 1 where there is nothing to be had; in [0, 1]."""
    share = np.divide(values, whole, out=np.ones(np.shape(whole)), where=whole > 0)
    clipped: Floats = share.clip(0.0, 1.0)
    return clipped
