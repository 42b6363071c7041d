"""Checkpoints of a training: everything that its next step depends on."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

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
        groups = optimizer.state_dict()["param_groups"]
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in parts["optimizer"].items():
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = value
        for name, module in modules.items():
            _check_shapes(module, parts[name])
        for name, module in modules.items():
            module.load_state_dict(parts[name])
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        generator.set_state(tensors["generator"])
        return int(settings["step"])
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} does not fit this training: {reason}") from None


def _check_shapes(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    expected = {name: value.shape for name, value in module.state_dict().items()}
    given = {name: value.shape for name, value in tensors.items()}
    if expected != given:
        wrong = sorted(n for n in expected | given if expected.get(n) != given.get(n))[0]
        raise ValueError(f"{wrong} has shape {given.get(wrong)}: must be {expected.get(wrong)}")
