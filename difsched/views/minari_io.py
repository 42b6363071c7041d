"""Offline datasets as Minari datasets and back, without loss; and what Minari's collector makes.

Minari (Younis et al. 2024, minari.farama.org) keeps them in the folder that the variable
``MINARI_DATASETS_PATH`` names, ``~/.minari/datasets`` without it: HDF5 of plain arrays, and JSON.
An episode holds what the family's environment would have shown, had its actions been those of the
dataset.

==================  ===========================  ====================================
Minari, an episode  shape                        here
==================  ===========================  ====================================
observations        (T + 1, N, F) float32        observation, then final_observation
actions             (T, ...) float32             action
rewards             (T,) float32                 reward
terminations        (T,) bool, never             an episode is cut off, not ended
truncations         (T,) bool, in its last       episode_end
infos/*             (T + 1, ...)                 arrays of `Transitions.INFOS`, such as
                                                 outcomes, after a row of zeros (reset)
metadata            ``difsched_card``, JSON      card
==================  ===========================  ====================================
"""

import copy
import warnings
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from difsched.config.base import check_int, check_mapping, check_text
from difsched.data.transitions import RECORD, Transitions
from difsched.errors import InputError, within
from difsched.family import Configuration, family_named
from difsched.utils.files import MAX_ARRAYS, read_json, refusing, to_json
from difsched.utils.plain import from_json
from difsched.views.copies import spaces
from difsched.views.registration import family_behind, identifier, select

#: Rows of a step, after that of the reset.
AFTER = slice(1, None)
ALL = slice(None)
#: Minari's metadata in which a dataset's card is kept, as JSON.
CARD = "difsched_card"
#: Episodes of the largest dataset that is read.
MOST_EPISODES = 1_000_000


def to_minari(dataset: Transitions, dataset_id: str, config: Configuration, **about: Any) -> Any:
    """Write a dataset as a new Minari dataset.

    Parameters
    ----------
    dataset : Transitions
        Of any family.
    dataset_id : str
        Minari's name for it, ``(namespace/)name-v0``.
    config : configuration
        In which it was collected: ``recover_environment()`` makes it again.
    **about
        What Minari keeps beside the data, such as ``author``, ``algorithm_name``, ``description``.

    Returns
    -------
    minari.MinariDataset

    Raises
    ------
    InputError
        If the name is not allowed or taken, or the dataset is not of such a problem.
    """
    import minari

    seen, action = spaces(config)
    if dataset.observation.shape[1:] != seen.shape:
        raise InputError(
            f"observation has shape {dataset.observation.shape}: must be (W, *{seen.shape}) "
            "in this configuration"
        )
    specification = copy.deepcopy(gymnasium.spec(identifier(config.family)))
    specification.kwargs["config"] = config.to_dict()
    try:
        with warnings.catch_warnings():
            # Minari asks for whatever `about` leaves out.
            warnings.simplefilter("ignore", UserWarning)
            stored = minari.create_dataset_from_buffers(
                dataset_id,
                _episodes(dataset),
                env=specification,
                observation_space=seen,
                action_space=action,
                data_format="hdf5",
                **about,
            )
    except ValueError as error:
        raise InputError(f"dataset_id = {dataset_id!r}: {_line(error)}") from None
    stored.storage.update_metadata({CARD: to_json(dict(dataset.card))})
    return stored


def from_minari(dataset: Any) -> Transitions:
    """Read a Minari dataset of a family: one of `to_minari`, or of Minari's own collector.

    Actions are what was done, not what was asked for: in the slice ``infos/grant`` where it was
    recorded, otherwise the environment's own rounding of the actions.

    Parameters
    ----------
    dataset : minari.MinariDataset or str
        The dataset or its id. ``minari.DataCollector`` must have collected it around the
        environment itself with ``record_infos=True``, in episodes that are all equally long.

    Returns
    -------
    Transitions
        Of the family's class, with the card that `to_minari` was given; from a collector, with the
        environment alone. What does not say its family is taken for the slice's.

    Raises
    ------
    InputError
        If there is no such dataset, or it holds something else.
    """
    import minari

    if not isinstance(dataset, str | minari.MinariDataset):
        raise InputError(
            f"dataset of type {type(dataset).__name__}: must be a MinariDataset or the id of one"
        )
    name = dataset if isinstance(dataset, str) else str(dataset.spec.dataset_id)
    # Whatever Minari, or HDF5, makes of a stranger's files.
    with refusing(f"dataset_id = {name!r}", "a Minari dataset"), within(f"{name}: "):
        return _read(_load(dataset) if isinstance(dataset, str) else dataset)


def _load(dataset_id: str) -> Any:
    """Return the dataset of an id, unless it claims more than is read: no claim gets memory."""
    import h5py
    import minari
    from minari.storage import get_dataset_path

    folder = Path(get_dataset_path(dataset_id)) / "data"
    if (claims := folder / "metadata.json").exists():
        check_int("total_episodes", read_json(claims).get("total_episodes"), 1, MOST_EPISODES)

    def check(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.nbytes > MAX_ARRAYS:
            raise InputError(f"{name} claims {item.nbytes} bytes: must be at most {MAX_ARRAYS}")

    for path in folder.glob("*.hdf5"):
        with h5py.File(path) as file:
            file.visititems(check)
    return minari.load_dataset(dataset_id)


def _read(stored: Any) -> Transitions:
    episodes = list(stored.iterate_episodes())
    card = _card(stored)
    kind = family_named(check_text("family", card.get("family", "slice"))).dataset
    _check(episodes, kind)

    def joined(arrays: list[Any], part: slice = ALL) -> NDArray[Any]:
        return np.concatenate([np.asarray(array)[part] for array in arrays])

    recorded = {
        name: joined([episode.infos[key] for episode in episodes], AFTER)
        if _all_have(key, episodes)
        else kind.done(joined([episode.actions for episode in episodes]), stored.action_space)
        for name, key in kind.INFOS.items()
    }
    arrays = {
        "observation": joined([episode.observations for episode in episodes], slice(None, -1)),
        "final_observation": joined(
            [episode.observations for episode in episodes], slice(-1, None)
        ),
        "reward": joined([episode.rewards for episode in episodes]),
        **recorded,
    }
    return kind(**arrays, card=card)  # type: ignore[call-arg]


def _all_have(key: str, episodes: list[Any]) -> bool:
    return all(key in (episode.infos or {}) for episode in episodes)


def _check(episodes: list[Any], kind: type[Transitions]) -> None:
    """Raise InputError unless episodes are of the family, equally long and with their infos."""
    for name, key in kind.INFOS.items():
        if name != kind.ACTION and not _all_have(key, episodes):
            raise InputError(f"no infos/{key}: must be a dataset of the family; {RECORD}")
    lengths = {len(episode.rewards) for episode in episodes}
    if len(lengths) != 1:
        raise InputError(
            f"episodes of {sorted(lengths)} windows: must be equally long; end each "
            "before create_dataset, or leave shorter ones out (filter_episodes)"
        )
    shown = {np.shape(episode.observations) for episode in episodes}
    if any(len(shape) != 3 for shape in shown):
        raise InputError(
            f"observations of shape {sorted(shown)[0]}: must be (T + 1, N, F); collect "
            "around the environment itself, and wrap the collector"
        )


def _card(stored: Any) -> dict[str, Any]:
    """Return the card that was written, or as much of one as Minari itself keeps."""
    if CARD in stored.storage.metadata:
        card: dict[str, Any] = check_mapping("card", from_json(stored.storage.metadata[CARD]))
        check_mapping("environment", card.get("environment", {}))
        return card
    made_by = stored.spec.env_spec
    family = None if made_by is None else family_behind(made_by.id)
    if family is None:
        return {}
    fields = {"family": family, **made_by.kwargs}
    environment = select(**fields).to_dict()
    local = dict.fromkeys(family_named(family).dataset.LOCAL)
    return {"family": family, "environment": environment | local}


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _episodes(dataset: Transitions) -> list[Any]:
    from minari.data_collector import EpisodeBuffer

    length = dataset.episode_length
    buffers = []
    for episode, final in enumerate(dataset.final_observation):
        rows = slice(episode * length, (episode + 1) * length)
        infos = {key: getattr(dataset, name)[rows] for name, key in dataset.INFOS.items()}
        buffers.append(
            EpisodeBuffer(
                id=episode,
                observations=np.concatenate([dataset.observation[rows], final[None]]),
                actions=dataset.action[rows].astype(np.float32),
                rewards=dataset.reward[rows],
                terminations=np.zeros(length, dtype=bool),
                truncations=dataset.episode_end[rows],
                infos={
                    key: np.concatenate([np.zeros_like(told[:1]), told])
                    for key, told in infos.items()
                },
            )
        )
    return buffers
