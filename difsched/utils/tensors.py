"""Tensors with settings in one safetensors file, whose contents are checked by a digest."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.backends.cpu import get_cpu_capability

from difsched.utils.files import MAX_ARRAYS, atomic, reading
from difsched.utils.plain import from_json

#: Bytes of the largest header: names and shapes of thousands of tensors, and the settings.
MAX_HEADER = 1 << 22

#: Rows go through a network of each kind in multiples of this, the last window repeated where there
#: are too few: products of matrices treat the rows beyond such a multiple, and few rows, by other
#: code, which rounds otherwise. So a window's grants do not depend on what else is asked for. With
#: vectors of 512 bits the blocks of that code are larger.
ROWS = {"mlp": 16, "set": 8} if get_cpu_capability() != "AVX512" else {"mlp": 64, "set": 64}


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
        save_file(
            whole, temporary, {"difsched": json.dumps(about, sort_keys=True, allow_nan=False)}
        )


def load_tensors(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read tensors and settings that `save_tensors` wrote.

    Raises
    ------
    InputError
        If the file is missing, damaged or too large, or its contents are not those of its digest.
    """
    with reading(path, "weights", MAX_ARRAYS):
        with Path(path).open("rb") as file:
            claimed = int.from_bytes(file.read(8), "little")
        if claimed > MAX_HEADER:
            raise ValueError(f"its header claims {claimed} bytes: must be at most {MAX_HEADER}")
        # The library itself holds the header's shapes against the bytes that are there.
        with safe_open(path, framework="pt") as parts:
            about = from_json(parts.metadata()["difsched"])
            tensors: dict[str, Tensor] = {name: parts.get_tensor(name) for name in parts.keys()}  # noqa: SIM118
        settings = about["settings"]
        if not isinstance(settings, dict):
            raise ValueError("its settings are no mapping")
        if _digest(tensors, settings) != about["sha256"]:
            raise ValueError("its contents do not match its sha256")
    return tensors, settings


def _digest(tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, allow_nan=False).encode())
    for name in sorted(tensors):
        value = tensors[name]
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()
