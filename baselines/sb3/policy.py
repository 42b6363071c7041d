"""A trained actor of Stable-Baselines3 as a scheduler, and its file."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.sac.policies import SACPolicy
from torch import Tensor

from difsched.baselines.sb3.networks import extractor
from difsched.baselines.sb3.problem import FlatProblem
from difsched.config.base import check_choice, check_int, check_list
from difsched.errors import InputError, naming
from difsched.family import Configuration
from difsched.utils.tensors import ROWS, save_tensors

#: Learner -> what makes its networks of spaces and hidden layers. The critics are made, too:
#: Stable-Baselines3 has no other way to an actor's features.
ACTORS: Mapping[str, Callable[..., BasePolicy]] = {
    "sac": lambda *spaces, **settings: SACPolicy(*spaces, **settings).actor,
    "ppo": ActorCriticPolicy,
}
#: What a module is called with which nothing is decided: PPO's critic stands beside its actor.
CRITIC = "value_net"


class ActorPolicy:
    """Decides with the mean action of a trained actor.

    Parameters
    ----------
    learner : str
        Of `ACTORS`: who trained it.
    actor : stable_baselines3.common.policies.BasePolicy
        The trained actor; only read.
    problem : FlatProblem
        Its view of observations and actions.
    """

    def __init__(self, learner: str, actor: BasePolicy, problem: FlatProblem) -> None:
        self.learner = learner
        self.actor = actor
        self.problem = problem

    def act(self, observation: NDArray[Any]) -> NDArray[Any]:
        """Return actions (W, *shape); see `Policy.act`."""
        seen = np.asarray(observation)
        return self.problem.decode(self._actions(self.problem.features(seen)), seen)

    def _actions(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return actions (W, A') for features (W, D)."""
        missing = -len(features) % ROWS["mlp"]
        filled = np.concatenate([features, np.repeat(features[-1:], missing, axis=0)])
        actions, _ = self.actor.predict(filled, deterministic=True)
        return np.asarray(actions)[: len(features)]

    def save(self, path: str | Path) -> None:
        """Write as safetensors, atomically, the weights and all that it takes to decide."""
        networks: Any = self.actor
        settings = {"learner": self.learner, "hidden": list(networks.net_arch)}
        # By each one's first name: some of the library's modules have two.
        weights = dict(self.actor.named_parameters())
        save_tensors(path, weights, {**settings, **self.problem.to_dict()})

    @property
    def parameters(self) -> int:
        """Return the number of weights with which it decides."""
        named = self.actor.named_parameters()
        return sum(weight.numel() for name, weight in named if CRITIC not in name)


def read_policy(
    path: str | Path,
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    config: Configuration,
    actors: Mapping[str, Callable[..., BasePolicy]] = ACTORS,
    view: type[FlatProblem] = FlatProblem,
    arguments: Callable[[FlatProblem, int], dict[str, Any]] = extractor,
) -> ActorPolicy:
    """Return the policy of a file's tensors and settings, to decide in a configuration.

    Parameters
    ----------
    path : path
        Of the file, as errors name it.
    tensors, settings : mapping
        What it holds.
    config : configuration
        In which it decides.
    actors : mapping
        As `ACTORS`, of the learners that are read.
    view : type
        Their view of observations and actions.
    arguments : callable
        What else they take, for a problem and a width.

    Raises
    ------
    InputError
        If a setting is missing or not allowed, or the weights do not fit the settings; if it was
        trained in another family, on other observations or on another number of entities.
    """
    learner = check_choice("learner", settings.get("learner"), actors)
    try:
        problem = view.from_dict(settings, config)
        hidden = [check_int("hidden", size, 1) for size in check_list("hidden", settings["hidden"])]
        _check(problem, hidden, tensors)
        make = partial(_actor, actors[learner], arguments, hidden, tensors)
        actor = make(problem)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as a policy of {learner}: {reason}") from None
    with naming(path):
        own = problem.for_config(config)
    if own.entities != problem.entities:
        actor = make(own)
    return ActorPolicy(learner, actor, own)


def _actor(
    make: Callable[..., BasePolicy],
    arguments: Callable[[FlatProblem, int], dict[str, Any]],
    hidden: list[int],
    tensors: Mapping[str, Tensor],
    problem: FlatProblem,
) -> BasePolicy:
    """Return the networks of a problem with the weights of a file."""
    spaces = problem.observation_space, problem.action_space
    with contained_randomness():
        actor = make(*spaces, lambda _: 0.0, net_arch=hidden, **arguments(problem, hidden[0]))
    if tensors.keys() != (names := dict(actor.named_parameters()).keys()):
        raise InputError(f"has {', '.join(sorted(tensors))}: must be {', '.join(sorted(names))}")
    actor.load_state_dict(dict(tensors), strict=False)
    return actor


def _check(problem: FlatProblem, hidden: list[int], tensors: Mapping[str, Tensor]) -> None:
    """Raise InputError unless tensors are weights of the sizes said, before any gets memory."""
    if not hidden:
        raise InputError("hidden is empty: must have a width or more")
    sizes = [len(problem.mean) * (1 if problem.any_number else problem.entities), *hidden]
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
