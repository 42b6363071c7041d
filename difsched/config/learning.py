"""Hyper-parameters of the learned methods and of their training."""

from dataclasses import dataclass

from difsched.config.base import Config, check_choice, check_int, check_number
from difsched.config.schema import set_fields
from difsched.errors import InputError

NETWORKS = ("mlp", "set")
SCHEDULES = ("vp", "linear", "cosine")
PREDICTIONS = ("noise", "action")


def _check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise InputError(f"{name} = {value!r}: must be true or false")


@dataclass(frozen=True)
class DQLConfig(Config):
    """Diffusion Q-learning: networks, diffusion, policy and critic.

    Attributes
    ----------
    network : {"mlp", "set"}
        One network for all users' features in a row, or one shared by the users and equivariant
        to their order.
    project : bool
        Project actions to the budget before the critic judges them.
    hidden, layers : int
        Width and number of the hidden layers, >= 1.
    diffusion_steps : int
        Denoising steps T, >= 1.
    schedule : {"vp", "linear", "cosine"}
        Noise schedule.
    prediction : {"noise", "action"}
        What the denoiser gives: the noise in the action, or the clean action.
    eta : float
        Weight of the Q loss beside the behaviour-cloning loss, >= 0; 0 clones the behaviour.
    candidates : int
        Actions sampled for each decision; the critic's best is taken. 1 samples without ranking.
    expectile : float
        Expectile of the value's regression, in (0, 1).
    discount : float
        Discount factor gamma, in [0, 1].
    target_rate : float
        Share of the new weights that target networks take over each step, in (0, 1].
    """

    network: str
    project: bool
    hidden: int
    layers: int
    diffusion_steps: int
    schedule: str
    prediction: str
    eta: float
    candidates: int
    expectile: float
    discount: float
    target_rate: float

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_choice("network", self.network, NETWORKS)
        _check_flag("project", self.project)
        check_int("hidden", self.hidden, 1)
        check_int("layers", self.layers, 1)
        check_int("diffusion_steps", self.diffusion_steps, 1, 1000)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("prediction", self.prediction, PREDICTIONS)
        check_int("candidates", self.candidates, 1)
        if self.expectile == 1:
            raise InputError("expectile = 1: must be a number > 0 and < 1")
        set_fields(
            self,
            eta=check_number("eta", self.eta, 0),
            expectile=check_number("expectile", self.expectile, 0, 1, open_low=True),
            discount=check_number("discount", self.discount, 0, 1),
            target_rate=check_number("target_rate", self.target_rate, 0, 1, open_low=True),
        )

    @property
    def has_critic(self) -> bool:
        """Whether anything needs a critic: a Q loss or a choice among candidates."""
        return self.eta > 0 or self.candidates > 1


@dataclass(frozen=True)
class SACConfig(Config):
    """Soft actor-critic as Stable-Baselines3 implements it, trained by interaction.

    Attributes
    ----------
    hidden, layers : int
        Width and number of the hidden layers of actor and critics, >= 1.
    discount : float
        Discount factor gamma, in [0, 1].
    learning_rate : float
        Step size of Adam, > 0.
    batch_size : int
        Transitions in a minibatch, >= 1.
    n_envs : int
        Environments stepped side by side, >= 1.
    gradient_steps : int
        Gradient steps after each step of all environments, >= 1.
    """

    hidden: int
    layers: int
    discount: float
    learning_rate: float
    batch_size: int
    n_envs: int
    gradient_steps: int

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        for name in ("hidden", "layers", "batch_size", "n_envs", "gradient_steps"):
            check_int(name, getattr(self, name), 1)
        set_fields(
            self,
            discount=check_number("discount", self.discount, 0, 1),
            learning_rate=check_number("learning_rate", self.learning_rate, 0, open_low=True),
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
    batch_size : int
        Transitions in a minibatch, >= 1.
    learning_rate : float
        Adam's first step size, > 0; it falls to zero along half a cosine over the whole run.
    seed : int
        Seed of initial weights, minibatches and noise, >= 0.
    curve_points : int
        Times that the policy is scored on the way, evenly spread over the steps, >= 0.
    device : str
        Torch device, ``cpu`` or ``cuda``.
    """

    model: str
    dataset: str | None
    n_windows: int
    gradient_steps: int
    batch_size: int
    learning_rate: float
    seed: int
    curve_points: int
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        for name in ("n_windows", "gradient_steps", "batch_size"):
            check_int(name, getattr(self, name), 1)
        check_int("seed", self.seed, 0)
        check_int("curve_points", self.curve_points, 0)
        check_choice("device", self.device, ("cpu", "cuda"))
        for name in ("model", "dataset"):
            value = getattr(self, name)
            if not isinstance(value, str) and not (name == "dataset" and value is None):
                raise InputError(f"{name} = {value!r}: must be a string")
        rate = check_number("learning_rate", self.learning_rate, 0, open_low=True)
        set_fields(self, learning_rate=rate)


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

    model: str
    windows: int
    seed: int
    curve_points: int

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        if not isinstance(self.model, str):
            raise InputError(f"model = {self.model!r}: must be the name of a model configuration")
        check_int("windows", self.windows, 1)
        check_int("seed", self.seed, 0)
        check_int("curve_points", self.curve_points, 0)
