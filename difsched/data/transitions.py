"""What learners read of a log of any family, and its file: an npz with a JSON card."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError, naming
from difsched.utils.files import npz_names, read_json, read_npz, sha256, write_json, write_npz

#: What a log needs that another program collected.
RECORD = "collect with minari.DataCollector(environment, record_infos=True)"

#: Further columns of a log, and what they are called in the plural.
COLUMNS = {
    "sent": "packets",
    "delivered": "packets",
    "propensity": "propensities",
}


class Transitions:
    """E episodes of T windows, episode after episode: W = E T windows in all.

    Families derive a dataclass that holds the arrays of their files: `OutcomeDataset` is one for
    any family, `OfflineDataset` the slice's.

    Attributes
    ----------
    observation : (W, N, F) ndarray of float32
        What the scheduler saw before each window.
    final_observation : (E, N, F) ndarray of float32
        What it saw after the last window of each episode.
    action : (W, ...) ndarray
        What was done in each window; see `ActionSet.shape`.
    outcomes : (W, N, K) ndarray of float32
        What became of each entity.
    reward : (W,) ndarray of float32
    card : mapping
        Where the data come from, as :meth:`load` read it; empty where nobody said.
    """

    #: Names of the file's arrays, in their order.
    ARRAYS: ClassVar[tuple[str, ...]]
    #: Those that a file has besides where its data have them.
    OPTIONAL: ClassVar[tuple[str, ...]] = ()
    #: What the card calls the number of entities N.
    ENTITIES: ClassVar[str] = "entities"
    #: Which of them holds what was done.
    ACTION: ClassVar[str] = "action"
    #: Arrays that the ``info`` of a family's environment tells, and their names there.
    INFOS: ClassVar[Mapping[str, str]]
    #: Fields of an environment that mean something on one machine alone: no card keeps them.
    LOCAL: ClassVar[tuple[str, ...]] = ()

    observation: NDArray[np.float32]
    final_observation: NDArray[np.float32]
    action: NDArray[Any]
    outcomes: NDArray[np.float32]
    reward: NDArray[np.float32]
    card: Mapping[str, Any]

    def check(self, config: Any) -> None:
        """Raise InputError unless these are data of a configuration, as every learner needs them.

        Parameters
        ----------
        config : configuration
            Of any family. What decides on its data is held against arrays and card.
        """
        raise NotImplementedError

    @classmethod
    def done(cls, asked: NDArray[Any], space: Any) -> NDArray[Any]:
        """Return what the environment did, where nobody but the actions' Gymnasium space tells.

        Raises
        ------
        InputError
            If these do not say it.
        """
        raise InputError(f"no infos/action: {RECORD}")

    def _check_family(self, wanted: str) -> None:
        """Raise InputError if the card says that these are data of another family."""
        if (name := self.card.get("family", wanted)) != wanted:
            raise InputError(f"dataset's card has family = {name!r}: must be {wanted}")

    def column(self, name: str) -> NDArray[np.float32]:
        """Return a further column of the log, (W, N), that some algorithms learn from.

        Parameters
        ----------
        name : {"sent", "delivered", "propensity"}
            Packets of each entity, those of them that got through, and the probability with which
            its grant was drawn, 0 where nothing was drawn.

        Raises
        ------
        InputError
            If the data do not have it.
        """
        raise InputError(f"no {COLUMNS[name]}: these data do not log them")

    def remarks(self, config: Any) -> list[str]:
        """Return what is odd about the data of a configuration, a line each."""
        return []

    def shown(self, config: Any) -> "Transitions":
        """Return the same data as a configuration shows them to its scheduler."""
        return self

    @property
    def episode_length(self) -> int:
        """Return the windows in an episode, T."""
        return len(self.observation) // len(self.final_observation)

    @property
    def next_observation(self) -> NDArray[np.float32]:
        """Return what the scheduler saw after each window, (W, N, F)."""
        after = np.roll(self.observation, -1, axis=0)
        after[self.episode_length - 1 :: self.episode_length] = self.final_observation
        return after

    @property
    def episode_end(self) -> NDArray[np.bool_]:
        """Return whether each window ends its episode, (W,): cut off, not a terminal state."""
        length = self.episode_length
        return np.arange(len(self.reward)) % length == length - 1

    def save(self, path: str | Path, card: Mapping[str, Any] | None = None) -> None:
        """Write the npz, then beside it the JSON card with the npz's digest, both atomically.

        Parameters
        ----------
        path : str or Path
            Of the npz; the card has the suffix ``.json``.
        card : mapping, optional
            Where the data come from: family, configuration, seed, losses; its own when left out.
        """
        beside = card_path(path)
        write_npz(path, {name: getattr(self, name) for name in self._held()})
        about = {**(self.card if card is None else card), **self._shape(), "sha256": sha256(path)}
        write_json(beside, about)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a dataset and check it against its card, if it has one.

        An npz of the class's arrays that NumPy wrote is a dataset, too, of which nobody says where
        it comes from: it needs no card.

        Raises
        ------
        InputError
            If the file is missing or damaged, lacks an array, or is not the one that its card
            describes.
        """
        about = card_path(path)
        card = read_json(about) if about.exists() else {}
        if not isinstance(card, dict) or (about.exists() and card.get("sha256") != sha256(path)):
            raise InputError(
                f"{path} does not match the sha256 of its card {about}: make both anew, or remove "
                "the card"
            )
        if not isinstance(card.get("environment", {}), dict):
            raise InputError(f"{path}: environment of its card must be a mapping")
        there = npz_names(path)
        if missing := [name for name in cls.ARRAYS if name not in there]:
            raise InputError(
                f"{path} holds {', '.join(there) or 'no array'}: of the arrays of a dataset "
                f"({', '.join(cls.ARRAYS)}) {', '.join(missing)} are missing; difsched.data makes "
                "one: OfflineDataset(...).save, or from_minari"
            )
        with naming(path):
            names = [*cls.ARRAYS, *(name for name in cls.OPTIONAL if name in there)]
            data = cls(**read_npz(path, names), card=card)  # type: ignore[call-arg]
        for name, value in data._shape().items():
            if card.get(name, value) != value:
                raise InputError(f"{path}: {name} = {card.get(name)!r} in its card: has {value}")
        return data

    def _held(self) -> list[str]:
        """Return the names of the arrays that these data have."""
        return [*self.ARRAYS, *(o for o in self.OPTIONAL if getattr(self, o) is not None)]

    def _shape(self) -> dict[str, int]:
        windows, entities, _ = self.observation.shape
        return {
            "windows": windows,
            self.ENTITIES: entities,
            "episode_length": self.episode_length,
        }

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Join datasets of equal episodes."""
        held = [o for o in cls.OPTIONAL if all(getattr(part, o) is not None for part in parts)]
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in (*cls.ARRAYS, *held)
        }
        return cls(**arrays)


def card_path(path: str | Path) -> Path:
    """Return where the card of a dataset is: beside its npz, with the suffix ``.json``.

    Raises
    ------
    InputError
        If the npz itself has no name, or that suffix.
    """
    path = Path(path)
    if not path.name or path.suffix == ".json":
        raise InputError(f"dataset {str(path)!r}: must be the name of a file that is no .json")
    return path.with_suffix(".json")
