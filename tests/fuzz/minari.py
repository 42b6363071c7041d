"""Damaged Minari datasets: JSON and HDF5 files of a stranger's in Minari's folder."""

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import h5py
import numpy as np

from difsched.config import ConfigManager
from difsched.views.minari_io import from_minari, to_minari
from tests.fuzz.arrays import distort_array
from tests.fuzz.binaries import small_dataset
from tests.fuzz.engine import Files, Surface, distort_value, scratch

NAME = "fuzz-v0"


def minari() -> list[Surface]:
    """Return the folder of a dataset."""
    good = _in_folder(_written)

    def distort(random: Random) -> Files:
        return _in_folder(_written, random)

    return [Surface("Minari dataset", good, _read, distort)]


def _in_folder(write: Callable[[Path, Random | None], None], random: Random | None = None) -> Files:
    with scratch() as name:
        folder = Path(name)
        write(folder, random)
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def _written(folder: Path, random: Random | None) -> None:
    """Write a dataset as Minari does, and damage a value of it."""
    with patch.dict(os.environ, MINARI_DATASETS_PATH=str(folder)):
        to_minari(small_dataset(), NAME, ConfigManager().load_env_config(2))
    if random is None:
        return
    if random.random() < 0.5:
        path = random.choice(sorted(folder.rglob("*.json")))
        path.write_text(json.dumps(distort_value(json.loads(path.read_text()), random)))
        return
    (path,) = folder.rglob("*.hdf5")
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        name = random.choice(names)
        value = file[name]
        array = value[()] if isinstance(value, h5py.Dataset) else np.zeros(3)
        del file[name]
        if random.random() < 0.8:
            changed: Any = distort_array(np.asarray(array), random)
            file[name] = str(changed) if changed.dtype.kind in "UMmV" else changed


def _read(folder: Path) -> None:
    with patch.dict(os.environ, MINARI_DATASETS_PATH=str(folder)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from_minari(NAME)
