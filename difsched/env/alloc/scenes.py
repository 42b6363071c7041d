"""What the modes without waiting work draw, show and make of a grant."""

from typing import Any, Protocol

import numpy as np

from difsched.typing import Floats

from .columns import assemble
from .config import AllocConfig, Range
from .draws import factors, requirements, uniform
from .service import excess, pooled_share, serve_whole, soft_outcomes, spending

Metrics = dict[str, Floats]

#: By how much the noise on actions shrinks in a window.
NOISE_DECAY = 0.995
#: Bonus on the efficiency, and fine of what has exceeded the supplies so far in the episode, in
#: the original project's shaped reward.
SHAPING = (0.1, 0.5)


class Scene(Protocol):
    """The state of W copies of a mode; grants are known to be allowed."""

    def __init__(
        self,
        config: AllocConfig,
        copies: int,
        world: np.random.Generator,
        noise: np.random.Generator,
    ) -> None: ...

    def start(self) -> None:
        """Start new episodes."""

    def observe(self, window: int) -> Floats:
        """Return what is seen, (W, T, F), before the window of this number."""

    def serve(self, action: Floats) -> tuple[Floats, Metrics]:
        """Return outcomes (W, T, K) and metrics (W,) of a window."""

    def renew(self, window: int) -> None:
        """Pass on to the window of this number."""


def shown(drawn: Floats, visible: bool, span: Range) -> Floats:
    """Return what the observation shows of a draw: itself, or the middle of its range."""
    return drawn if visible else np.full_like(drawn, sum(span) / 2)


class FaithfulScene:
    """The original project's problem: one decision, repeated through an episode.

    Every feature lies in [0, 1] as long as the ranges do, so the original's normalisation of
    observations, which cuts them to [0, 1], changes nothing. Its shaped reward is a metric: it
    depends on what has exceeded the supplies before, which the observation does not show.

    Metrics: ``value`` (1/T) sum_i p_i x_i; ``served`` mean x_i; those of `spending`;
    ``shaped_reward``.
    """

    def __init__(
        self,
        config: AllocConfig,
        copies: int,
        world: np.random.Generator,
        noise: np.random.Generator,
    ) -> None:
        self.config, self._world, self._noise = config, world, noise
        self.priority = uniform(world, config.priority, copies, config.tasks)
        self.cost = uniform(world, config.cost, copies, config.resources)
        self._deviation = config.action_noise

    def start(self) -> None:
        """Draw supplies and demands."""
        config, copies = self.config, len(self.cost)
        self.supply = uniform(self._world, config.supply, copies, config.resources)
        self.demand = uniform(self._world, config.demand, copies, config.tasks)
        self._granted = np.zeros((copies, config.tasks, config.resources))
        self._violations = np.zeros(copies)
        self._fixed = {
            "demand": self.demand,
            "priority": shown(self.priority, config.priorities_visible, config.priority),
            "supply": self.supply,
            "cost": shown(self.cost, config.costs_visible, config.cost),
        }

    def observe(self, window: int) -> Floats:
        """Return demands, priorities, the last grants, supplies, costs and progress."""
        progress = np.full((len(self.cost), 1), window / self.config.episode)
        moving = {"granted": self._granted, "progress": progress}
        return assemble(self.config, {**self._fixed, **moving})

    def serve(self, action: Floats) -> tuple[Floats, Metrics]:
        """Grant a_ir (W, T, R), with noise if so configured."""
        action = action.reshape(self._granted.shape)
        if self._deviation > 0:
            noise = self._noise.normal(0.0, self._deviation, action.shape)
            action = np.clip(action + noise, 0.0, 1.0)
            self._deviation *= NOISE_DECAY
        self._granted = action
        outcomes = soft_outcomes(action, self.demand, self.priority, self.cost, self.config)
        return outcomes, self._metrics(action)

    def _metrics(self, grant: Floats) -> Metrics:
        total = grant.sum(axis=1)
        served = pooled_share(grant, self.demand)
        value = (self.priority * served).mean(axis=1)
        spent = spending(total, self.supply, self.cost)
        violation = excess(total, self.supply)
        self._violations = self._violations + violation
        bonus, fine = SHAPING
        reward = value - self.config.cost_penalty * spent["cost"]
        reward = reward - self.config.violation_penalty * violation
        return {
            "value": value,
            "served": served.mean(axis=1),
            **spent,
            "shaped_reward": reward + bonus * value - fine * self._violations,
        }

    def renew(self, window: int) -> None:
        """Nothing changes within an episode."""


class ShareScene:
    """Tasks that need their resources together, drawn anew in every window.

    Metrics: ``value`` (1/T) sum_i p_i x_i; ``served`` mean x_i; ``waste`` share of what is granted
    that is not used (``forecast``, else 0); those of `spending`.
    """

    def __init__(
        self,
        config: AllocConfig,
        copies: int,
        world: np.random.Generator,
        noise: np.random.Generator,
    ) -> None:
        self.config, self.copies, self._world = config, copies, world

    def start(self) -> None:
        """Draw the first window."""
        self.renew(0)

    def renew(self, window: int) -> None:
        """Draw all anew: what is needed of each resource, and the factor of the truth."""
        config, copies, world = self.config, self.copies, self._world
        self.priority = uniform(world, config.priority, copies, config.tasks)
        self.cost = uniform(world, config.cost, copies, config.resources)
        self.supply = uniform(world, config.supply, copies, config.resources)
        self.requirement = requirements(config, world, copies)
        self.factor = np.ones_like(self.priority)
        if config.mode == "forecast":
            factor = factors(config, world, copies)
            if config.information == "perfect":
                self.requirement = self.requirement * factor[..., None]
            else:
                self.factor = factor

    def observe(self, window: int) -> Floats:
        """Return what is needed (or forecast), priorities, charges, supplies and costs."""
        config = self.config
        cost = shown(self.cost, config.costs_visible, config.cost)
        blocks: dict[str, Any] = {
            "requirement": self.requirement,
            "priority": shown(self.priority, config.priorities_visible, config.priority),
            "charge": config.charge * (self.requirement @ cost[..., None])[..., 0],
            "supply": self.supply,
            "cost": cost,
        }
        return assemble(config, blocks)

    def serve(self, action: Floats) -> tuple[Floats, Metrics]:
        """Grant x_i D_ir, of the forecast if it is one, and pay for what is granted."""
        config, need = self.config, self.requirement
        if config.mode == "gang":
            action = serve_whole(action, need, self.supply)
        served = np.minimum(action / self.factor, 1.0)
        paid = action * (need @ self.cost[..., None])[..., 0]
        outcomes = self.priority * served - config.charge * paid
        total = (action[:, None] @ need)[:, 0]
        # What is used of a resource is the same share of what is granted for all of them.
        size = need.sum(axis=-1)
        granted, used = (action * size).sum(axis=1), (served * self.factor * size).sum(axis=1)
        metrics = {
            "value": (self.priority * served).mean(axis=1),
            "served": served.mean(axis=1),
            "waste": np.maximum(granted - used, 0.0) / np.maximum(granted, 1e-12),
            **spending(total, self.supply, self.cost),
        }
        return outcomes[..., None], metrics
