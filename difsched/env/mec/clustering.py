"""K-means of many sets of users at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.typing import Floats

ITERATIONS = 25


def cluster_users(
    features: Floats, clusters: int, rng: np.random.Generator, iterations: int = ITERATIONS
) -> NDArray[np.int64]:
    """Group the users of each window by Lloyd's algorithm, as in the original.

    It starts at K random users; a cluster that loses all its users is put at a random one. The
    clusters are numbered by the first feature of their centres, so that cluster 0 is the nearest
    to the station in every episode.

    Parameters
    ----------
    features : (W, N, D) ndarray of float
    clusters : int
        K, 1..N.
    rng : numpy.random.Generator
    iterations : int
        Most iterations; fewer if nothing changes.

    Returns
    -------
    (W, N) ndarray of int
        Cluster of each user, 0..K-1; none is empty.
    """
    windows, users, _ = features.shape
    starts = rng.random((windows, users)).argsort(axis=1)[:, :clusters]
    centres = np.take_along_axis(features, starts[..., None], axis=1)
    labels = np.full((windows, users), -1)
    for _ in range(iterations):
        new = _nearest(features, centres)
        if (new == labels).all():
            break
        labels = new
        centres = _centres(features, labels, clusters, rng)
    return _number(features, _fill(labels, clusters, rng), clusters)


def _nearest(features: Floats, centres: Floats) -> NDArray[np.int64]:
    difference = features[:, :, None, :] - centres[:, None, :, :]
    return np.square(difference).sum(axis=-1).argmin(axis=-1)


def _membership(labels: NDArray[Any], clusters: int) -> NDArray[np.bool_]:
    return labels[:, None, :] == np.arange(clusters)[:, None]


def _centres(
    features: Floats, labels: NDArray[Any], clusters: int, rng: np.random.Generator
) -> Floats:
    member = _membership(labels, clusters)
    count = member.sum(axis=-1)
    centres = (member.astype(float) @ features) / np.maximum(count, 1)[..., None]
    window, empty = np.nonzero(count == 0)
    centres[window, empty] = features[window, rng.integers(features.shape[1], size=len(window))]
    return centres


def _fill(labels: NDArray[Any], clusters: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Move a random user of a cluster with several into each one that is empty."""
    labels = labels.copy()
    for window, empty in zip(*np.nonzero(~_membership(labels, clusters).any(axis=-1)), strict=True):
        crowded = np.bincount(labels[window], minlength=clusters)[labels[window]] > 1
        labels[window, rng.choice(np.flatnonzero(crowded))] = empty
    return labels


def _number(features: Floats, labels: NDArray[Any], clusters: int) -> NDArray[np.int64]:
    member = _membership(labels, clusters)
    mean = (member * features[:, None, :, 0]).sum(axis=-1) / member.sum(axis=-1)
    rank = mean.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    return np.take_along_axis(rank, labels, axis=1)
