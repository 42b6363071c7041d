"""A trained actor of soft actor-critic as a scheduler, and its file."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.sac.policies import Actor
from stable_baselines3.sac.policies import SACPolicy as Networks
from torch import Tensor

from difsched.baselines.sac.slices import Scaler
from difsched.config import EnvironmentConfig
from difsched.config.base import check_int, check_list, check_mapping, check_number
from difsched.env.slice.view import check_view
from difsched.errors import InputError
from difsched.utils.tensors import ROWS, save_tensors

#: What the file says that it holds.
LEARNER = "sac"


class SACPolicy:
    """Decides with the mean action of a trained actor.

    Parameters
    ----------
    actor : stable_baselines3.sac.policies.Actor
        The trained actor; only read.
    scaler : Scaler
        Its view of observations and actions.
    view : mapping, optional
        What its observations mean beyond their shape; see :func:`difsched.env.slice.view.view_of`.
    """

    def __init__(self, actor: Actor, scaler: Scaler, view: Mapping[str, Any] | None = None) -> None:
        self.actor = actor
        self.scaler = scaler
        self.view = dict(view or {})

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return grants (W, N); see `Policy.act`."""
        return self.scaler.grants(self._actions(self.scaler.features(np.asarray(observation))))

    def _actions(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return actions (W, N) for features (W, N F)."""
        missing = -len(features) % ROWS["mlp"]
        filled = np.concatenate([features, np.repeat(features[-1:], missing, axis=0)])
        actions, _ = self.actor.predict(filled, deterministic=True)
        return np.asarray(actions)[: len(features)]

    def for_slice(self, config: EnvironmentConfig) -> "SACPolicy":
        """Return a policy with the same weights that shares out a slice's budget.

        Raises
        ------
        InputError
            If it was trained on other observations or another number of users.
        """
        check_view(len(self.scaler.mean), self.view, config)
        if self.scaler.users != config.N_user:
            raise InputError(
                f"trained on {self.scaler.users} users: must be {config.N_user}, as in the "
                "configuration; its network sees the users in a row and decides for that number "
                "alone"
            )
        return SACPolicy(self.actor, replace(self.scaler, budget=config.B), self.view)

    def save(self, path: str | Path) -> None:
        """Write as safetensors, atomically, the weights and all that it takes to decide."""
        scaler = self.scaler
        settings = {
            "learner": LEARNER,
            "users": scaler.users,
            "budget": scaler.budget,
            "mean": list(scaler.mean),
            "sd": list(scaler.sd),
            "hidden": list(self.actor.net_arch),
            "view": self.view,
        }
        save_tensors(path, self.actor.state_dict(), settings)

    @property
    def parameters(self) -> int:
        """Return the number of the actor's weights."""
        return sum(weight.numel() for weight in self.actor.parameters())


def read_policy(
    path: str | Path, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]
) -> SACPolicy:
    """Return the policy of a file's tensors and settings.

    Raises
    ------
    InputError
        If a setting is missing or not allowed, or the weights do not fit the settings.
    """
    try:
        mean = tuple(check_number("mean", v, -np.inf) for v in check_list("mean", settings["mean"]))
        sd = tuple(
            check_number("sd", v, 0, open_low=True) for v in check_list("sd", settings["sd"])
        )
        scaler = Scaler(
            check_int("users", settings["users"], 1),
            check_int("budget", settings["budget"], 1),
            mean,
            sd,
        )
        hidden = [check_int("hidden", size, 1) for size in check_list("hidden", settings["hidden"])]
        view = check_mapping("view", settings["view"])
        _check(scaler, hidden, tensors)
        # The critics are made, too: Stable-Baselines3 has no other way to an actor's features.
        with contained_randomness():
            networks = Networks(
                scaler.observation_space, scaler.action_space, lambda _: 0.0, net_arch=hidden
            )
        networks.actor.load_state_dict(dict(tensors))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as a policy of {LEARNER}: {reason}") from None
    return SACPolicy(networks.actor, scaler, view)


def _check(scaler: Scaler, hidden: list[int], tensors: Mapping[str, Tensor]) -> None:
    """Raise InputError unless tensors are weights of the sizes said, before any gets memory."""
    if len(scaler.mean) != len(scaler.sd):
        raise InputError(f"mean has {len(scaler.mean)} entries, sd {len(scaler.sd)}: must be equal")
    sizes = [scaler.users * len(scaler.mean), *hidden]
    least = sum(a * b for a, b in pairwise(sizes))
    held = sum(value.numel() for value in tensors.values())
    if least > held:
        raise InputError(f"its settings have {least} weights or more, the file {held}")
    for name, value in tensors.items():
        if value.dtype != torch.float32 or not value.isfinite().all():
            raise InputError(f"{name} of {value.dtype}: must be finite numbers of torch.float32")


@contextmanager
def contained_randomness() -> Iterator[None]:
    """Give the global generators of Python, NumPy and torch back as they were.

    Stable-Baselines3 seeds them and draws from them: the one place in the suite that does.
    """
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
