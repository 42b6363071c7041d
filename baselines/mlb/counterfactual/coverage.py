"""What states each kind of data covers, and how real they look."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from difsched.data.outcomes import OutcomeDataset
from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.radio import rsrp
from difsched.env.mlb.simulator import split_observation
from difsched.env.mlb.walks import make_walks
from difsched.typing import Floats
from difsched.utils.seeding import rng

from .augment import AUGMENTATIONS
from .realism import changes, discrepancy, space_error
from .windows import is_target

#: States of a kind by which it is judged, and how many of them are kept to be shown.
JUDGED, SHOWN = 400, 150
#: Augmentations with states of their own: relabelled ones are the target's.
VARIED = ("noise", "cf", "space")
#: Those whose next states follow from their states.
COURSES = ("source", "target", "cf", "space")


def look(data: OutcomeDataset, config: MlbConfig) -> dict[str, Any]:
    """Return what the states of a dataset and of its augmentations cover.

    Kinds of states: ``source`` and ``target`` (the dataset's own classes), ``noise``, ``cf`` and
    ``space`` (what the augmentations add), and ``unseen``: files of the target class that are
    neither training nor test data, against which the others are held.

    Parameters
    ----------
    data : OutcomeDataset
        Every training file equally often.
    config : MlbConfig
        Its target class is a share of the training files, and not all.

    Returns
    -------
    dict
        ``realism``: kind -> ``space_error`` (dB, mean over users and states), ``change`` (dB, mean
        of the largest from a second to the next; None where none follows), ``discrepancy`` (of
        states from the unseen ones). ``shares``: of the variance, of the two principal components.
        ``coverage``: kind -> the states' places (S, 2), dB.
    """
    kinds = states_of(data, config)
    draw = rng(config.randomSeed, "coverage")
    chosen = {
        name: windows[draw.permutation(len(windows))[:JUDGED]] for name, windows in kinds.items()
    }
    crowds = {name: crowd(windows[:, 0]) for name, windows in chosen.items()}
    places, shares = components(crowds)
    sites = np.array(config.scene.sites)
    realism = {
        name: {
            "space_error": round(float(space_error(windows[:, 0], sites).mean()), 3),
            "change": round(float(changes(windows).mean()), 3) if name in COURSES else None,
            "discrepancy": round(discrepancy(crowds[name], crowds["unseen"]), 4),
        }
        for name, windows in chosen.items()
        if name != "unseen"
    }
    coverage = {name: found[:SHOWN].round(2).tolist() for name, found in places.items()}
    return {"realism": realism, "shares": shares.round(3).tolist(), "coverage": coverage}


def states_of(data: OutcomeDataset, config: MlbConfig) -> dict[str, Floats]:
    """Return RSRPs (S, 2, N, C), dBm, of each kind of states and of the second after each."""
    own = _seconds(data, config)
    target = is_target(data, config)
    kinds = {"source": own[~target], "target": own[target]}
    for name in VARIED:
        generator = rng(config.randomSeed, "coverage", name)
        kinds[name] = _seconds(AUGMENTATIONS[name](data, config, generator), config)
    left = config.files[len(config.target_files) :]
    walks = make_walks(replace(config, files=left, target_share=0.0))
    power = rsrp(walks.positions, np.array(config.scene.sites))
    pairs = np.stack([power[:, :-1], power[:, 1:]], axis=2)
    return {**kinds, "unseen": pairs.reshape(-1, *pairs.shape[2:])}


def _seconds(data: OutcomeDataset, config: MlbConfig) -> Floats:
    parts = (data.observation, data.next_observation)
    return np.stack([split_observation(part, config)[0] for part in parts], axis=1)


def crowd(power: Floats) -> Floats:
    """Return states (S, N C) of powers (S, N, C) in which the order of users does not count.

    Each cell's powers in ascending order; by the root of their number, so that a distance is the
    root mean square of differences, dB.
    """
    ordered = np.sort(power, axis=1).reshape(len(power), -1)
    return np.asarray(ordered / np.sqrt(ordered.shape[1]))


def components(crowds: Mapping[str, Floats]) -> tuple[dict[str, Floats], Floats]:
    """Return the states' places (S, 2) on the two principal components of all kinds together.

    And the shares (2,) of the variance. Every kind counts alike, however many states it has; the
    largest entry of each component is positive.
    """
    counts = min(map(len, crowds.values()))
    every = np.concatenate([states[:counts] for states in crowds.values()])
    center = every.mean(axis=0)
    _, sizes, directions = np.linalg.svd(every - center, full_matrices=False)
    first = directions[:2]
    largest = np.abs(first).argmax(axis=1)
    first = first * np.sign(first[[0, 1], largest])[:, None]
    places = {name: (states - center) @ first.T for name, states in crowds.items()}
    return places, (sizes[:2] ** 2) / (sizes**2).sum()
