"""What an allocation problem is: its mode, its size, and what its numbers are drawn from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from difsched.config.base import Config, check_flag, number, one_of, span, whole
from difsched.config.numbered import Numbered

#: What a grant does; see :class:`AllocConfig`.
MODES = ("faithful", "leontief", "gang", "forecast", "backlog")
INFORMATION = ("predicted", "perfect")
MOST_RESOURCES, MOST_TASKS, MOST_WINDOWS, MOST_WAIT = 32, 256, 100_000, 20

Range = tuple[float, float]
Penalty = Annotated[float, number(0, 100)]
Flag = Annotated[bool, check_flag]


@dataclass(frozen=True)
class AllocConfig(Config):
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
    randomSeed : int
        Root of every random stream, >= 0.
    """

    family: ClassVar[str] = "alloc"

    mode: Annotated[str, one_of(MODES)] = "leontief"
    resources: Annotated[int, whole(1, MOST_RESOURCES)] = 3
    tasks: Annotated[int, whole(1, MOST_TASKS)] = 5
    episode: Annotated[int, whole(1, MOST_WINDOWS)] = 100
    supply: Annotated[Range, span(0, 100, open_low=True)] = (0.5, 1.0)
    demand: Annotated[Range, span(0, 1, open_low=True)] = (0.3, 0.8)
    priority: Annotated[Range, span(0, 100, open_low=True)] = (0.5, 1.0)
    cost: Annotated[Range, span(0, 100, open_low=True)] = (0.1, 1.0)
    cost_penalty: Penalty = 0.1
    violation_penalty: Annotated[float, number(1e-3, 1e6)] = 10.0
    priorities_visible: Flag = True
    costs_visible: Flag = True
    action_noise: Annotated[float, number(0, 10)] = 0.0
    information: Annotated[str, one_of(INFORMATION)] = "predicted"
    sigma: Annotated[float, number(0, 2)] = 0.4
    load: Annotated[float, number(1e-3, 10)] = 0.8
    wait: Annotated[int, whole(0, MOST_WAIT)] = 2
    randomSeed: Annotated[int, whole(0)] = 999

    @property
    def charge(self) -> float:
        """What a task is charged for a unit of a resource of cost 1, on the scale of outcomes.

        The reward is the mean outcome of the tasks. Costs are a sum over tasks, hence the factor
        T; with ``backlog`` they belong to the value of a unit of work, and there is none.
        """
        return self.cost_penalty * (1 if self.mode == "backlog" else self.tasks)


#: The configurations that are run, by number and name, such as ``leontief_3x5``.
CONFIGURATIONS = Numbered(Path(__file__).parent, AllocConfig)
