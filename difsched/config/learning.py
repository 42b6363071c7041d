"""Hyper-parameters of the learned methods and of their training."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.base import Config, check_choice, check_flag, check_int, check_number
from difsched.config.schema import set_fields
from difsched.errors import InputError

NETWORKS = ("mlp", "set")
ACTORS = ("diffusion", "gaussian", "deterministic")
SCHEDULES = ("vp", "linear", "cosine")
PREDICTIONS = ("noise", "action")
GRADIENTS = ("one_step", "chain", "half_chain")
CREDITS = ("window", "user")
#: Bounds within which memory and single precision last.
MOST_HIDDEN, MOST_LAYERS, MOST_CRITICS, MOST_CANDIDATES = 4096, 64, 64, 4096
MOST_WEIGHT, MOST_BATCH, MOST_WINDOWS, MOST_STEPS = 1e6, 1_000_000, 10_000_000, 1_000_000_000
MOST_POINTS = 10_000
DEVICES = ("cpu", "cuda")
#: Sizes of networks and minibatches -> the largest that is allowed.
SIZES = {
    "hidden": MOST_HIDDEN,
    "layers": MOST_LAYERS,
    "critics": MOST_CRITICS,
    "candidates": MOST_CANDIDATES,
    "batch_size": MOST_BATCH,
    "batch_users": MOST_BATCH,
    "n_envs": MOST_BATCH,
    "n_windows": MOST_WINDOWS,
    "windows": MOST_STEPS,
    "gradient_steps": MOST_STEPS,
}


def _check_sizes(config: Config, *names: str) -> None:
    for name in names:
        check_int(name, getattr(config, name), 1, SIZES[name])


@dataclass(frozen=True)
class OfflineAgentConfig(Config):
    """An agent that learns offline: networks, actor and critic.

    Attributes
    ----------
    network : {"mlp", "set"}
        One network for all users' features in a row, or one shared by the users and equivariant
        to their order.
    project : bool
        Project actions to the budget before the critic judges them.
    hidden, layers : int
        Width and number of the hidden layers, >= 1.
    actor : {"diffusion", "gaussian", "deterministic"}
        What proposes an action.
    diffusion_steps : int
        Denoising steps T, >= 1; this and the next three are the diffusion actor's.
    schedule : {"vp", "linear", "cosine"}
        Noise schedule.
    prediction : {"noise", "action"}
        What the denoiser gives: the noise in the action, or the clean action.
    gradient : {"one_step", "chain", "half_chain"}
        Whether the critic judges the clean action of one denoising step or the end of a chain, of
        each row of a minibatch or of half of them.
    cloning : float
        Weight of the behaviour-cloning loss, >= 0.
    beta : float
        Inverse temperature of advantage-weighted cloning, >= 0; 0 clones all rows alike.
    eta : float
        Weight of the Q loss, >= 0; 0 leaves the critic to rank candidates.
    critics : int
        Q functions in the ensemble, >= 1.
    credit : {"window", "user"}
        Whether Q is fitted to the window's reward or each user's part of it to the user's share.
    cql : float
        Weight of the conservative loss, >= 0.
    candidates : int
        Actions sampled for each decision; the critic's best is taken. 1 does not rank.
    expectile : float
        Expectile of the value's regression, in (0, 1).
    discount : float
        Discount factor gamma, in [0, 1].
    target_rate : float
        Share of the new weights that target networks take over each step, in (0, 1].
    symmetrise : bool
        Show each transition with its users in a random order: data augmentation for ``mlp``.
    """

    mark: ClassVar[dict[str, str]] = {"family": "offline"}

    network: str
    project: bool
    hidden: int
    layers: int
    actor: str
    cloning: float
    eta: float
    candidates: int
    discount: float
    target_rate: float
    diffusion_steps: int = 5
    schedule: str = "vp"
    prediction: str = "noise"
    gradient: str = "one_step"
    beta: float = 0.0
    critics: int = 2
    credit: str = "window"
    cql: float = 0.0
    expectile: float = 0.7
    symmetrise: bool = False

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_choice("network", self.network, NETWORKS)
        check_choice("actor", self.actor, ACTORS)
        check_int("diffusion_steps", self.diffusion_steps, 1, 1000)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("prediction", self.prediction, PREDICTIONS)
        check_choice("gradient", self.gradient, GRADIENTS)
        check_choice("credit", self.credit, CREDITS)
        for name in ("project", "symmetrise"):
            check_flag(name, getattr(self, name))
        _check_sizes(self, "hidden", "layers", "critics", "candidates")
        if self.expectile == 1:
            raise InputError("expectile = 1: must be a number > 0 and < 1")
        for name in ("cloning", "beta", "eta", "cql"):
            set_fields(self, **{name: check_number(name, getattr(self, name), 0, MOST_WEIGHT)})
        if not self.cloning and not self.eta:
            raise InputError("cloning = 0 and eta = 0: the actor needs one of them")
        set_fields(
            self,
            expectile=check_number("expectile", self.expectile, 0, 1, open_low=True),
            discount=check_number("discount", self.discount, 0, 1),
            target_rate=check_number("target_rate", self.target_rate, 0, 1, open_low=True),
        )

    @property
    def has_critic(self) -> bool:
        """Whether anything needs a critic: a Q loss, weights or a choice among candidates."""
        return self.eta > 0 or self.beta > 0 or self.candidates > 1

    @property
    def has_value(self) -> bool:
        """Whether anything needs V: a look ahead, or an advantage."""
        return self.discount > 0 or self.beta > 0


@dataclass(frozen=True)
class SACConfig(Config):
    """Soft actor-critic as Stable-Baselines3 implements it.

    On an offline dataset only ``hidden``, ``layers``, ``discount`` and ``entropy_coefficient``
    count: the rest is the training's.

    Attributes
    ----------
    hidden, layers : int
        Width and number of the hidden layers of actor and critics, >= 1.
    discount : float
        Discount factor gamma, in [0, 1].
    learning_rate : float
        Adam's first step size, > 0; it falls to zero along half a cosine over the whole run.
    entropy_coefficient : float
        Weight of the policy's entropy at the start, > 0; learned from there on.
    batch_size : int
        Transitions in a minibatch, >= 1.
    n_envs : int
        Environments stepped side by side, >= 1.
    gradient_steps : int
        Gradient steps after each step of all environments, >= 1.
    """

    mark: ClassVar[dict[str, str]] = {"family": "sac"}

    hidden: int
    layers: int
    discount: float
    learning_rate: float
    entropy_coefficient: float
    batch_size: int
    n_envs: int
    gradient_steps: int

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        _check_sizes(self, "hidden", "layers", "batch_size", "n_envs", "gradient_steps")
        set_fields(
            self,
            discount=check_number("discount", self.discount, 0, 1),
            learning_rate=check_number("learning_rate", self.learning_rate, 0, 1, open_low=True),
            entropy_coefficient=check_number(
                "entropy_coefficient", self.entropy_coefficient, 0, MOST_WEIGHT, open_low=True
            ),
        )


@dataclass(frozen=True)
class OfflineTrainingConfig(Config):
    """Training on a fixed dataset.

    Attributes
    ----------
    model : str
        Model configuration, such as ``dql_default``.
    dataset : str or None
        Path of an offline dataset (npz). None collects ``n_windows`` with random reservations.
    n_windows : int
        Windows to collect where no dataset is given, >= 1.
    gradient_steps : int
        Steps of training, >= 1.
    batch_users : int
        User-windows in a minibatch, >= 1: fewer windows where they have more users, so that a step
        costs the same.
    learning_rate : float
        Adam's first step size, > 0; it falls to zero along half a cosine over the whole run.
    seed : int
        Seed of initial weights, minibatches and noise, >= 0.
    curve_points : int
        Times that the policy is scored on the way, evenly spread over the steps, >= 0.
    device : str
        Torch device, ``cpu`` or ``cuda``.
    """

    mark: ClassVar[dict[str, str]] = {"kind": "offline"}

    model: str
    dataset: str | None
    n_windows: int
    gradient_steps: int
    batch_users: int
    learning_rate: float
    seed: int
    curve_points: int
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        _check_sizes(self, "n_windows", "gradient_steps", "batch_users")
        check_int("seed", self.seed, 0)
        check_int("curve_points", self.curve_points, 0, MOST_POINTS)
        check_choice("device", self.device, DEVICES)
        for name in ("model", "dataset"):
            value = getattr(self, name)
            if not isinstance(value, str) and not (name == "dataset" and value is None):
                raise InputError(f"{name} = {value!r}: must be a string")
        rate = check_number("learning_rate", self.learning_rate, 0, 1, open_low=True)
        set_fields(self, learning_rate=rate)

    def batch_windows(self, users: int) -> int:
        """Return the windows in a minibatch for slices of so many users."""
        return max(1, self.batch_users // users)


@dataclass(frozen=True)
class OnlineTrainingConfig(Config):
    """Training by interaction with the environment.

    Attributes
    ----------
    model : str
        Model configuration, such as ``sac``.
    windows : int
        Windows of interaction, all environments together, >= 1.
    seed : int
        Seed of initial weights, exploration and environments, >= 0.
    curve_points : int
        Times that the policy is scored on the way, evenly spread over the windows, >= 0.
    """

    mark: ClassVar[dict[str, str]] = {"kind": "online"}

    model: str
    windows: int
    seed: int
    curve_points: int

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        if not isinstance(self.model, str):
            raise InputError(f"model = {self.model!r}: must be the name of a model configuration")
        _check_sizes(self, "windows")
        check_int("seed", self.seed, 0)
        check_int("curve_points", self.curve_points, 0, MOST_POINTS)
