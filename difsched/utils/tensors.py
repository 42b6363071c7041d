"""Tensors with settings in one safetensors file, whose contents are checked by a digest."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from difsched.errors import InputError
from difsched.utils.files import atomic


def save_tensors(
    path: str | Path, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]
) -> None:
    """Write tensors by name, and settings of plain values, atomically; equal ones give equal bytes.

    Parameters
    ----------
    path : str or Path
    tensors : mapping
    settings : mapping
        What `load_tensors` gives back beside them; must be JSON.
    """
    whole = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    about = {"settings": settings, "sha256": _digest(whole, settings)}
    # One entry: safetensors writes several in an order that changes from process to process.
    with atomic(path) as temporary:
        save_file(whole, temporary, {"difsched": json.dumps(about, sort_keys=True)})


def load_tensors(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read tensors and settings that `save_tensors` wrote.

    Raises
    ------
    InputError
        If the file is missing or damaged, or its contents are not those of its digest.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads(file.metadata()["difsched"])
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        settings, expected = about["settings"], about["sha256"]
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as weights: {reason}") from None
    if _digest(tensors, settings) != expected:
        raise InputError(f"{path} cannot be read as weights: its contents do not match its sha256")
    return tensors, settings


def _digest(tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for name in sorted(tensors):
        value = tensors[name]
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()
