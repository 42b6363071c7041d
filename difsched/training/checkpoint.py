"""Checkpoints of a training: everything that its next step depends on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from difsched.config.base import check_int
from difsched.errors import InputError
from difsched.utils.tensors import load_tensors, save_tensors


def save_checkpoint(
    path: Path,
    step: int,
    modules: dict[str, nn.Module],
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    identity: dict[str, Any],
) -> None:
    """Write a checkpoint as safetensors, atomically.

    Parameters
    ----------
    path : Path
    step : int
        Steps taken.
    modules : dict
        Name -> network.
    optimizer : Optimizer
        With a state for each of its parameters.
    generator : Generator
        Where batches and noise come from.
    identity : dict
        Plain values that tell this training from any other.
    """
    tensors = {
        f"{name}.{key}": value
        for name, module in modules.items()
        for key, value in module.state_dict().items()
    }
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{key}": value for key, value in state.items()}
    tensors["generator"] = generator.get_state()
    save_tensors(path, tensors, {"step": step, "identity": identity})


def load_checkpoint(
    path: Path,
    modules: dict[str, nn.Module],
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    identity: dict[str, Any],
) -> int:
    """Put a training into the state of a checkpoint and return the steps taken until then.

    Raises
    ------
    InputError
        If the file is damaged, is another training's, or its shapes do not fit. Nothing of it is
        used then.
    """
    tensors, settings = load_tensors(path)
    if settings.get("identity") != identity:
        raise InputError(f"{path} is the checkpoint of another training: remove it to start anew")
    parts: dict[str, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        part, _, key = name.partition(".")
        parts.setdefault(part, {})[key] = value
    try:
        step = check_int("step", settings["step"], 1)
        groups = optimizer.state_dict()["param_groups"]
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in parts["optimizer"].items():
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = value
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        _check("optimizer", _moments(weights), parts["optimizer"])
        for name, module in modules.items():
            _check(name, module.state_dict(), parts[name])
        # The last that can fail, and the last that changes nothing.
        torch.Generator().set_state(tensors["generator"])
        for name, module in modules.items():
            module.load_state_dict(parts[name])
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        generator.set_state(tensors["generator"])
        return step
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} does not fit this training: {reason}") from None


def _moments(weights: list[Tensor]) -> dict[str, Tensor]:
    """Return tensors like those that Adam keeps, by their names in a checkpoint."""
    kept = {"step": torch.tensor(0.0), "exp_avg": None, "exp_avg_sq": None}
    return {
        f"{index}.{key}": weight if like is None else like
        for index, weight in enumerate(weights)
        for key, like in kept.items()
    }


def _check(part: str, expected: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
    """Raise ValueError unless tensors have the names, types and shapes expected, and are finite."""
    for name in sorted({*expected, *given}):
        like, value = expected.get(name), given.get(name)
        if like is None or value is None:
            raise ValueError(f"{part}.{name} is {'missing' if value is None else 'unknown'}")
        if (value.shape, value.dtype) != (like.shape, like.dtype):
            raise ValueError(
                f"{part}.{name} has shape {tuple(value.shape)} of {value.dtype}: "
                f"must be {tuple(like.shape)} of {like.dtype}"
            )
        if not value.isfinite().all():
            raise ValueError(f"{part}.{name} holds NaN or infinity: must be finite")
