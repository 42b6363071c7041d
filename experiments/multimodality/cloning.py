"""Actors that clone a set of actions without a critic: what each kind of actor can represent.

They see nothing: every window looks the same to them. So what differs between an actor's samples
is its own distribution alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import MakeNetwork, draw_noise
from difsched.agents.actors.deterministic import DeterministicActor
from difsched.agents.actors.diffusion import DiffusionActor
from difsched.agents.actors.features import State
from difsched.agents.actors.gaussian import GaussianActor
from difsched.agents.networks import MLPNetwork, SetNetwork
from difsched.config import ConfigManager
from difsched.config.base import check_int
from difsched.config.models.bc import BCConfig
from difsched.typing import Floats
from difsched.utils.annealing import half_cosine
from difsched.utils.seeding import integer_seed
from experiments.multimodality.cvae import CVAEActor

Clone = DiffusionActor | GaussianActor | DeterministicActor | CVAEActor
MakeClone = Callable[[ActionSpace, MakeNetwork], Clone]

#: Features a user; they are always zero.
FEATURES = 1
#: Width and number of hidden layers, as in the agents.
SHAPE: dict[str, Any] = dict(hidden=64, layers=3, members=1)
#: Adam's first step size; it falls to zero along half a cosine.
LEARNING_RATE = 1e-2


def published() -> BCConfig:
    """Return the configuration of ``bc``, whose diffusion is that of ``dql``."""
    config: BCConfig = ConfigManager().load_model_config("bc")
    return config


def _diffusion(steps: int, schedule: str) -> MakeClone:
    how: dict[str, Any] = dict(steps=steps, schedule=schedule, prediction=published().prediction)
    return lambda space, network: DiffusionActor(space, FEATURES, network, **how)


#: What clones, by name.
MODELS: dict[str, MakeClone] = {
    "diffusion_5_vp": _diffusion(5, "vp"),
    "diffusion_5_cosine": _diffusion(5, "cosine"),
    "diffusion_50_cosine": _diffusion(50, "cosine"),
    "cvae": lambda space, network: CVAEActor(space, FEATURES, network),
    "gaussian": lambda space, network: GaussianActor(space, FEATURES, network),
    "deterministic": lambda space, network: DeterministicActor(space, FEATURES, network),
}


def mlp(users: int, weights: torch.Generator) -> MakeNetwork:
    """Return a maker of networks that tell users, or coordinates, apart."""
    return lambda i, o: MLPNetwork(i, o, users=users, generator=weights, **SHAPE)


def blind(rows: int, users: int) -> State:
    """Return the state that all windows have in common."""
    nothing = torch.zeros(rows, users, FEATURES)
    return State(nothing, nothing)


def equivariant(users: int, weights: torch.Generator) -> MakeNetwork:
    """Return a maker of networks that treat all users alike, however many."""
    return lambda i, o: SetNetwork(i, o, generator=weights, **SHAPE)


@dataclass(frozen=True)
class Cloning:
    """How actors are trained and sampled.

    Attributes
    ----------
    root, seed : int
        Root of the random streams, and number of this repetition: >= 0.
    gradient_steps, batch_size : int
        Steps, and actions in a minibatch, >= 1.
    """

    root: int
    seed: int
    gradient_steps: int
    batch_size: int

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        for name in ("root", "seed"):
            check_int(name, getattr(self, name), 0)
        for name in ("gradient_steps", "batch_size"):
            check_int(name, getattr(self, name), 1)

    def samples(
        self,
        model: str,
        network: Callable[[int, torch.Generator], MakeNetwork],
        space: ActionSpace,
        actions: Floats,
        count: int,
        task: str,
    ) -> Floats:
        """Return what a model draws that cloned these actions.

        Parameters
        ----------
        model : str
            One of `MODELS`.
        network : callable
            `mlp` or `equivariant`.
        space : ActionSpace
            What actions are admitted.
        actions : (W, N) ndarray
            To clone, in units of the space; so is what is drawn.
        count : int
            Draws, >= 1.
        task : str
            Names the random streams.

        Returns
        -------
        (count, N) ndarray
        """
        users = actions.shape[1]
        actor = MODELS[model](space, network(users, self._stream(task, model, "weights")))
        self._train(actor, torch.as_tensor(actions, dtype=torch.float32), task, model)
        stream = self._stream(task, model, "samples")
        with torch.no_grad():
            noise = draw_noise(actor.draws, (count, users, 1), stream, torch.empty(0))
            drawn = actor.sample(blind(count, users), noise)
        return drawn[..., 0].double().numpy()

    def _train(self, actor: Clone, actions: Tensor, task: str, model: str) -> None:
        """Train an actor in place on its own cloning loss alone."""
        noise = self._stream(task, model, "batches")
        optimizer = torch.optim.Adam(actor.parameters(), lr=LEARNING_RATE, fused=True)
        state = blind(self.batch_size, actions.shape[1])
        for step in range(self.gradient_steps):
            rows = torch.randint(len(actions), (self.batch_size,), generator=noise)
            loss = actor.bc_loss(state, actions[rows].unsqueeze(-1), noise)[0].mean()
            rate = LEARNING_RATE * half_cosine(step, self.gradient_steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    def _stream(self, *names: str) -> torch.Generator:
        seed = integer_seed(self.root, "multimodal", self.seed, *names)
        return torch.Generator().manual_seed(seed)
