"""Offline datasets as Minari datasets and back, without loss.

Minari (Younis et al. 2024, minari.farama.org) keeps them in the folder that the variable
``MINARI_DATASETS_PATH`` names, ``~/.minari/datasets`` without it: HDF5 of plain arrays, and JSON.
An episode holds what ``difsched/Slice-v0`` would have shown, had its actions been the grants.

==================  ===========================  ====================================
Minari, an episode  shape                        here
==================  ===========================  ====================================
observations        (T + 1, N, F) float32        observation, then final_observation
actions             (T, N) float32               allocation
rewards             (T,) float32                 reward
terminations        (T,) bool, never             an episode is cut off, not ended
truncations         (T,) bool, in its last       episode_end
infos/demand        (T + 1, N) int16             demand, after a row of zeros (reset)
infos/delivered     (T + 1, N) int16             delivered, after a row of zeros (reset)
infos/lost          (T + 1, N) int16             lost, after a row of zeros (reset)
==================  ===========================  ====================================
"""

import copy
import warnings
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.data.dataset import OfflineDataset
from difsched.env.slice.environment import slice_spaces
from difsched.errors import InputError

INFOS = ("demand", "delivered", "lost")


def to_minari(
    dataset: OfflineDataset, dataset_id: str, config: EnvironmentConfig, **about: Any
) -> Any:
    """Write a dataset as a new Minari dataset.

    Parameters
    ----------
    dataset : OfflineDataset
    dataset_id : str
        Minari's name for it, ``(namespace/)name-v0``.
    config : EnvironmentConfig
        The slice in which it was collected: ``recover_environment()`` makes it again.
    **about
        What Minari keeps beside the data, such as ``author``, ``algorithm_name``, ``description``.

    Returns
    -------
    minari.MinariDataset

    Raises
    ------
    InputError
        If the name is not allowed or taken, or the dataset is not of such a slice.
    """
    import minari

    seen, action = slice_spaces(config)
    if dataset.observation.shape[1:] != seen.shape:
        raise InputError(
            f"observation has shape {dataset.observation.shape}: must be (W, *{seen.shape}) "
            "in this configuration"
        )
    specification = copy.deepcopy(gymnasium.spec("difsched/Slice-v0"))
    specification.kwargs = config.to_dict()
    try:
        with warnings.catch_warnings():
            # Minari asks for whatever `about` leaves out.
            warnings.simplefilter("ignore", UserWarning)
            return minari.create_dataset_from_buffers(
                dataset_id,
                _episodes(dataset),
                env=specification,
                observation_space=seen,
                action_space=action,
                data_format="hdf5",
                **about,
            )
    except ValueError as error:
        raise InputError(f"dataset_id = {dataset_id!r}: {' '.join(str(error).split())}") from None


def from_minari(dataset_id: str) -> OfflineDataset:
    """Read what `to_minari` wrote.

    Raises
    ------
    InputError
        If there is no such dataset, or it holds something else.
    """
    import minari

    try:
        stored = minari.load_dataset(dataset_id)
    except (OSError, ValueError) as error:
        raise InputError(f"dataset_id = {dataset_id!r}: {' '.join(str(error).split())}") from None
    episodes = list(stored.iterate_episodes())
    lengths = {len(episode.rewards) for episode in episodes}
    if len(lengths) != 1:
        raise InputError(f"{dataset_id} has episodes of {sorted(lengths)} windows: must be equal")
    for name in INFOS:
        if any(name not in (episode.infos or {}) for episode in episodes):
            raise InputError(f"{dataset_id} has no infos/{name}: must be a dataset of the slice")

    def joined(arrays: list[NDArray[Any]], kind: type) -> NDArray[Any]:
        return np.concatenate(arrays).astype(kind)

    infos: dict[str, Any] = {
        name: joined([e.infos[name][1:] for e in episodes], np.int16) for name in INFOS
    }
    return OfflineDataset(
        observation=joined([e.observations[:-1] for e in episodes], np.float32),
        final_observation=joined([e.observations[-1:] for e in episodes], np.float32),
        allocation=joined([e.actions for e in episodes], np.int16),
        reward=joined([e.rewards for e in episodes], np.float32),
        **infos,
    )


def _episodes(dataset: OfflineDataset) -> list[Any]:
    from minari.data_collector import EpisodeBuffer

    length = dataset.episode_length
    buffers = []
    for episode, final in enumerate(dataset.final_observation):
        rows = slice(episode * length, (episode + 1) * length)
        infos = {name: getattr(dataset, name)[rows] for name in INFOS}
        buffers.append(
            EpisodeBuffer(
                id=episode,
                observations=np.concatenate([dataset.observation[rows], final[None]]),
                actions=dataset.allocation[rows].astype(np.float32),
                rewards=dataset.reward[rows],
                terminations=np.zeros(length, dtype=bool),
                truncations=dataset.episode_end[rows],
                infos={
                    name: np.concatenate([np.zeros_like(rows[:1]), rows])
                    for name, rows in infos.items()
                },
            )
        )
    return buffers
