"""Random streams with names, so that no result depends on a global generator.

Every stream is a child of one root seed, found by its name: the words and numbers that say what
it is for, such as ``("main", "dql", 3, 0, "weights")``. Adding a stream never changes another.
"""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def seed_sequence(root: int, *names: str | int) -> np.random.SeedSequence:
    """Return the child of ``root`` that carries these names.

    Parameters
    ----------
    root : int
        Root seed, >= 0 (``randomSeed`` of a configuration).
    *names : str or int
        What the stream is for: experiment, configuration, seed, component.

    Returns
    -------
    numpy.random.SeedSequence
        The same for the same arguments, on every machine.
    """
    digest = hashlib.sha256(repr(names).encode()).digest()
    words = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return np.random.SeedSequence(entropy=root, spawn_key=words)


def rng(root: int, *names: str | int) -> np.random.Generator:
    """Return a NumPy generator on the stream of these names; see :func:`seed_sequence`."""
    return np.random.default_rng(seed_sequence(root, *names))


def integer_seed(root: int, *names: str | int) -> int:
    """Return a seed in 0..2**31 - 1 for libraries that take an integer; see `seed_sequence`."""
    return int(seed_sequence(root, *names).generate_state(1)[0] >> 1)


def window_seeds(observation: NDArray[Any], key: int) -> list[int]:
    """Return a seed in 0..2**64 - 1 for each window, from what is seen of it and nothing else.

    Keyed hashes (BLAKE2b): different windows, and different keys, have independent seeds. So a
    scheduler that decides by chance needs no memory: the same window gets the same grants, alone
    or among others.

    Parameters
    ----------
    observation : (W, N, F) ndarray of float
        Taken at float32's precision, at which networks see it.
    key : int
        The scheduler's own, of at most 64 digits.
    """
    # Zero is added because -0 is zero, but other bytes.
    rows = np.ascontiguousarray(observation, dtype=np.float32) + np.float32(0)
    hashes = (hashlib.blake2b(row, digest_size=8, key=b"%d" % key) for row in rows)
    return [int.from_bytes(digest.digest(), "little") for digest in hashes]
