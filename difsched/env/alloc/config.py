"""What an allocation problem is: its mode, its size, and what its numbers are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import isfinite
from types import MappingProxyType
from typing import Any

from difsched.errors import InputError, choices

#: What a grant does; see :class:`AllocConfig`.
MODES = ("faithful", "leontief", "gang", "forecast", "backlog")
INFORMATION = ("predicted", "perfect")
MOST_RESOURCES, MOST_TASKS, MOST_WINDOWS, MOST_WAIT = 32, 256, 100_000, 20

Range = tuple[float, float]


def _check_whole(name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{name} = {value!r}: must be a whole number in {low}..{high}")


def _check_number(name: str, value: Any, low: float, high: float) -> None:
    wrong = isinstance(value, bool) or not isinstance(value, int | float)
    if wrong or not low <= value <= high:
        raise InputError(f"{name} = {value!r}: must be a number in [{low:g}, {high:g}]")


def _check_range(name: str, value: Any, high: float) -> None:
    if not isinstance(value, tuple) or len(value) != 2:
        raise InputError(f"{name} = {value!r}: must be a pair (low, high)")
    for bound in value:
        if isinstance(bound, bool) or not isinstance(bound, int | float) or not isfinite(bound):
            raise InputError(f"{name} = {value!r}: must hold finite numbers")
    if not 0 < value[0] <= value[1] <= high:
        raise InputError(f"{name} = {value!r}: must have 0 < low <= high <= {high:g}")


@dataclass(frozen=True)
class AllocConfig:
    """Share R kinds of resources among T tasks.

    A window has a supply v_r of every resource and tasks with a demand d_i, a priority p_i and,
    but for ``faithful``, a share s_ir of every resource in the demand: D_ir = d_i s_ir. Supplies,
    demands, priorities and costs are uniform, the shares of a task Dirichlet(1, .., 1).

    ============  ==============================================================================
    ``faithful``  the original project's problem: resources stand in for each other, a grant
                  a_ir of each to each task, served min(1, sum_r a_ir / d_i), and what exceeds a
                  supply is fined by its square; supplies and demands are drawn once an episode,
                  priorities and costs once an environment
    ``leontief``  a task needs its resources together (Leontief's production function): of the
                  share x_i it is served, x_i D_ir of each resource is spent, never more than
                  the supply; all is drawn anew in every window
    ``gang``      leontief, and a task is served whole or not at all
    ``forecast``  leontief, and D is known up to a lognormal factor of mean 1 a task; what is
                  granted of the forecast is paid for, used or not
    ``backlog``   work arrives on and off and can be served in its own window and in ``wait``
                  after it, then it is lost; supply, priorities, costs and shares are drawn once
                  an episode
    ============  ==============================================================================

    Attributes
    ----------
    mode : {"faithful", "leontief", "gang", "forecast", "backlog"}
    resources, tasks : int
        R in 1..32 and T in 1..256.
    episode : int
        Windows of an episode, 1..100,000.
    supply, demand, priority, cost : (float, float)
        Ranges that are drawn from, 0 < low <= high; demands at most 1, so that no task could use
        more than the whole of one resource. ``demand`` has no part in ``backlog``.
    cost_penalty : float
        Price of a unit of a resource of cost 1, >= 0.
    violation_penalty : float
        Fine of a squared unit beyond the supply, > 0 (``faithful`` only).
    priorities_visible, costs_visible : bool
        Whether the observation shows them, or the middle of their range instead.
    action_noise : float
        Standard deviation of normal noise on the first action, >= 0, which shrinks by .995 a
        window and starts anew with the seed (``faithful`` only).
    information : {"predicted", "perfect"}
        Whether ``forecast`` shows the forecast or the true demand.
    sigma : float
        Standard deviation of the log of the forecast's factor, in [0, 2].
    load : float
        Mean work that arrives over the supply, in (0, 10] (``backlog`` only).
    wait : int
        Windows that work can wait, 0..20 (``backlog`` only).
    """

    mode: str
    resources: int = 3
    tasks: int = 5
    episode: int = 100
    supply: Range = (0.5, 1.0)
    demand: Range = (0.3, 0.8)
    priority: Range = (0.5, 1.0)
    cost: Range = (0.1, 1.0)
    cost_penalty: float = 0.1
    violation_penalty: float = 10.0
    priorities_visible: bool = True
    costs_visible: bool = True
    action_noise: float = 0.0
    information: str = "predicted"
    sigma: float = 0.4
    load: float = 0.8
    wait: int = 2

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        for name, allowed in (("mode", MODES), ("information", INFORMATION)):
            value = getattr(self, name)
            if not isinstance(value, str) or value not in allowed:
                raise InputError(f"{name} = {value!r}: {choices(value, allowed)}")
        _check_whole("resources", self.resources, 1, MOST_RESOURCES)
        _check_whole("tasks", self.tasks, 1, MOST_TASKS)
        _check_whole("episode", self.episode, 1, MOST_WINDOWS)
        _check_whole("wait", self.wait, 0, MOST_WAIT)
        for name, most in (("supply", 100), ("demand", 1), ("priority", 100), ("cost", 100)):
            _check_range(name, getattr(self, name), most)
        _check_number("cost_penalty", self.cost_penalty, 0, 100)
        _check_number("violation_penalty", self.violation_penalty, 1e-3, 1e6)
        _check_number("action_noise", self.action_noise, 0, 10)
        _check_number("sigma", self.sigma, 0, 2)
        _check_number("load", self.load, 1e-3, 10)
        for name in ("priorities_visible", "costs_visible"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(f"{name} = {getattr(self, name)!r}: must be true or false")

    @property
    def charge(self) -> float:
        """What a task is charged for a unit of a resource of cost 1, on the scale of outcomes.

        The reward is the mean outcome of the tasks. Costs are a sum over tasks, hence the factor
        T; with ``backlog`` they belong to the value of a unit of work, and there is none.
        """
        return self.cost_penalty * (1 if self.mode == "backlog" else self.tasks)


#: R and T of the documented configurations.
SIZES = ((3, 5), (5, 10))


def _presets() -> dict[str, AllocConfig]:
    """Return every mode at both sizes.

    ``faithful`` is the original project's default and its scaled one. The other modes share its
    ranges. Forecasts err by 20 or 40 %, backlogs have a load of .8 and 1.1; a unit of work that
    waited is charged .5 a unit of cost.
    """
    variants: dict[str, dict[str, Any]] = {
        "faithful": {},
        "leontief": {},
        "gang": {},
        "forecast": {},
        "forecast_near": {"sigma": 0.2},
        "backlog": {"cost_penalty": 0.5},
        "backlog_heavy": {"cost_penalty": 0.5, "load": 1.1},
    }
    return {
        f"{name}_{resources}x{tasks}": replace(
            AllocConfig(name.split("_")[0], resources, tasks), **fields
        )
        for (name, fields), (resources, tasks) in product(variants.items(), SIZES)
    }


#: Configurations by name, such as ``leontief_3x5``.
PRESETS: Mapping[str, AllocConfig] = MappingProxyType(_presets())


def preset(name: str) -> AllocConfig:
    """Return the configuration of this name; raise InputError where there is none."""
    if name not in PRESETS:
        raise InputError(f"configuration = {name!r}: {choices(name, PRESETS)}")
    return PRESETS[name]
