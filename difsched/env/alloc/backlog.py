"""Work that arrives on and off and can wait: what is served now is not there later."""

from typing import Any

import numpy as np

from difsched.typing import Floats

from .columns import assemble
from .config import AllocConfig
from .draws import arrivals, dirichlet, uniform
from .scenes import Metrics, shown
from .service import spending


class BacklogScene:
    """Queues of work, served oldest first, lost after ``wait`` windows.

    An action is the share of each task's whole queue to serve. A unit of work is worth
    p_i - .5 sum_r s_ir c_r (.5 is the configured ``cost_penalty``). The share of the offered
    worth that is served in an episode is sum ``earned`` / sum ``offered``.

    Metrics: ``earned`` and ``offered``, the worth of what is served and of what is new, mean over
    tasks; ``value`` (1/T) sum_i p_i times the work served; ``served`` work served over work that
    could be; ``lost`` and ``waiting`` work a task; those of `spending`.

    Attributes
    ----------
    work : (W, L + 1, T) ndarray of float
        All that arrives in the episode, and in the window that would follow it.
    supply, cost : (W, R) ndarray of float
    priority : (W, T) ndarray of float
    share : (W, T, R) ndarray of float
    """

    def __init__(
        self,
        config: AllocConfig,
        copies: int,
        world: np.random.Generator,
        noise: np.random.Generator,
    ) -> None:
        self.config, self.copies, self._world = config, copies, world

    @property
    def worth(self) -> Floats:
        """Worth of a unit of work (W, T)."""
        cost: Floats = (self.share @ self.cost[..., None])[..., 0]
        return self.priority - self.config.charge * cost

    def start(self) -> None:
        """Draw an episode; nothing waits."""
        config, copies, world = self.config, self.copies, self._world
        self.priority = uniform(world, config.priority, copies, config.tasks)
        self.cost = uniform(world, config.cost, copies, config.resources)
        self.supply = uniform(world, config.supply, copies, config.resources)
        self.share = dirichlet(world, copies, config.tasks, config.resources)
        self.work = arrivals(config, world, self.supply)
        self._queue = np.zeros((copies, config.tasks, config.wait + 1))
        self._queue[..., 0] = self.work[:, 0]

    def observe(self, window: int) -> Floats:
        """Return what the queues need, priorities, charges, shares, queues by age, v and c."""
        config = self.config
        cost = shown(self.cost, config.costs_visible, config.cost)
        requirement = self.share * self._queue.sum(axis=-1, keepdims=True)
        blocks: dict[str, Any] = {
            "requirement": requirement,
            "priority": shown(self.priority, config.priorities_visible, config.priority),
            "charge": config.charge * (requirement @ cost[..., None])[..., 0],
            "share": self.share,
            "work": self._queue,
            "supply": self.supply,
            "cost": cost,
        }
        return assemble(config, blocks)

    def serve(self, action: Floats) -> tuple[Floats, Metrics]:
        """Serve the shares (W, T) of the queues."""
        queue, worth = self._queue, self.worth
        whole = queue.sum(axis=-1)
        served = action * whole
        self._queue = serve_oldest(queue, served)
        total = (served[:, None] @ self.share)[:, 0]
        metrics = {
            "earned": (worth * served).mean(axis=1),
            "offered": (worth * queue[..., 0]).mean(axis=1),
            "value": (self.priority * served).mean(axis=1),
            "served": served.sum(axis=1) / np.maximum(whole.sum(axis=1), 1e-12),
            "lost": self._queue[..., -1].mean(axis=1),
            "waiting": self._queue[..., :-1].sum(axis=-1).mean(axis=1),
            **spending(total, self.supply, self.cost),
        }
        return (worth * served)[..., None], metrics

    def renew(self, window: int) -> None:
        """Let the work grow older, lose what is too old, and let new work arrive."""
        self._queue = np.roll(self._queue, 1, axis=-1)
        self._queue[..., 0] = self.work[:, window]


def serve_oldest(queue: Floats, served: Floats) -> Floats:
    """Return queues (W, T, ages) after (W, T) units of work are served, the oldest first."""
    older = np.flip(np.cumsum(np.flip(queue, -1), axis=-1), -1) - queue
    taken = np.clip(served[..., None] - older, 0.0, queue)
    left: Floats = queue - taken
    return left
