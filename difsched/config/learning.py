"""Settings of training, and the bounds of sizes."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.base import Config, check_choice, check_int, check_number, set_fields
from difsched.errors import InputError

#: Bounds within which memory and single precision last.
MOST_HIDDEN, MOST_LAYERS, MOST_CRITICS, MOST_CANDIDATES = 4096, 64, 64, 4096
MOST_WEIGHT, MOST_BATCH, MOST_WINDOWS, MOST_STEPS = 1e6, 1_000_000, 10_000_000, 1_000_000_000
MOST_POINTS, MOST_ROUNDS, MOST_KNOTS = 10_000, 100, 1024
DEVICES = ("cpu", "cuda")
#: Sizes of networks and minibatches -> the largest that is allowed.
SIZES = {
    "hidden": MOST_HIDDEN,
    "layers": MOST_LAYERS,
    "critics": MOST_CRITICS,
    "solved": MOST_BATCH,
    "candidates": MOST_CANDIDATES,
    "rounds": MOST_ROUNDS,
    "batch_size": MOST_BATCH,
    "batch_users": MOST_BATCH,
    "n_envs": MOST_BATCH,
    "n_windows": MOST_WINDOWS,
    "windows": MOST_STEPS,
    "gradient_steps": MOST_STEPS,
}


def check_sizes(config: Config, *names: str) -> None:
    """Raise InputError unless fields of these names are sizes, 1 to the largest allowed."""
    for name in names:
        check_int(name, getattr(config, name), 1, SIZES[name])


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
        check_sizes(self, "n_windows", "gradient_steps", "batch_users")
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
        check_sizes(self, "windows")
        check_int("seed", self.seed, 0)
        check_int("curve_points", self.curve_points, 0, MOST_POINTS)
