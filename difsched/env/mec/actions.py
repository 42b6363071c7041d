"""Actions: spectrum shares, and how they become a decision.

An action is (W, N) or (W, N, A), A = 1..3, with the columns

    share      of the band, >= 0, in all at most 1; below `MecConfig.least_share` a UE is local
    priority   in its queue, the highest first; if left out, the earliest deadline first
    claim      of the server for the UE's cluster, >= 0; if left out, cycles per deadline

The band is used whole: the shares of those who offload are scaled to sum to 1. A cluster's part
of the processor is in proportion to the claims of its UEs that offload.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.action_set import Budget, project_to_budget
from difsched.errors import InputError
from difsched.typing import Floats

from .columns import Column, cluster_of
from .config import MecConfig

if TYPE_CHECKING:
    from torch import Tensor

SHARE, PRIORITY, CLAIM = range(3)
#: Rounding error that a sum of shares, and a share at the least one, may have (float32).
TOLERANCE = 1e-6
#: Share of the band that counts as none, and least part of the processor, so that times are finite.
NO_SHARE, LEAST_PART = 1e-12, 1e-4


@dataclass(frozen=True)
class Decision:
    """What happens in a slot.

    Attributes
    ----------
    offloaded : (W, N) ndarray of bool
    share : (W, N) ndarray of float
        Of the band: those of the UEs that offload sum to 1, the others have 0.
    priority : (W, N) ndarray of float
    compute : (W, K) ndarray of float
        Of the processor, for each cluster; sums to 1.
    """

    offloaded: NDArray[np.bool_]
    share: Floats
    priority: Floats
    compute: Floats


@dataclass(frozen=True)
class Shares(Budget):
    """What learners decide: shares of the band, (W, N), which is used whole.

    The others of an action's columns keep to their defaults: the earliest deadline first, and
    clusters in proportion to cycles per deadline.

    Attributes
    ----------
    least : float
        What learners ask for below it counts as none, so the UE is local; at least
        `MecConfig.least_share`.
    """

    least: float = 0.0

    def admit(
        self, raw: "Tensor", observation: "Tensor", center: float = 0.0, scale: float = 1.0
    ) -> "Tensor":
        """Return the shares with which those who offload fill the band; see `ActionSet.admit`.

        The nearest point of the set, of which shares below the least one are taken away and the
        others scaled to sum to 1, as `decode` does: a critic that judges them has seen the like.
        """
        nearest = project_to_budget(center + scale * raw, 1.0)
        kept = nearest.where(nearest >= self.least * (1 - TOLERANCE), 0.0)
        total = kept.sum(dim=-1, keepdim=True)
        return (kept / total.where(total > 0, 1.0) - center) / scale

    def check(self, action: ArrayLike, observation: Floats) -> Floats:
        """Return the nearest action: shares (W, N), or with further columns (W, N, A)."""
        return check(action, observation)[0]


#: The set of all shares, whatever the least one.
SHARES = Shares(low=0.0, high=1.0, budget=1.0)


def _project(action: Floats, observation: Floats) -> Floats:
    """Return the nearest actions with shares >= 0 that sum to at most 1, and claims >= 0."""
    if action.ndim == 2:
        return np.asarray(Budget.check(SHARES, action, observation))
    nearest = np.array(action)
    nearest[..., SHARE] = Budget.check(SHARES, action[..., SHARE], observation)
    np.maximum(nearest[..., CLAIM:], 0.0, out=nearest[..., CLAIM:])
    return nearest


def check(action: ArrayLike, observation: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return an action as floats, with feasible shares, and which windows were projected.

    Parameters
    ----------
    action : (W, N) or (W, N, A) array_like
    observation : (W, N, F) ndarray of float

    Returns
    -------
    action : ndarray of float64
    projected : (W,) ndarray of bool

    Raises
    ------
    InputError
        If the action has another shape, or is not finite.
    """
    try:
        values = np.asarray(action, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"action = {action!r:.60}: must be numbers") from None
    shape = observation.shape[:2]
    if values.shape != shape and (values.shape[:-1] != shape or not 1 <= values.shape[-1] <= 3):
        raise InputError(
            f"action has shape {values.shape}: must be {shape}, or with 1 to 3 columns: "
            "share, priority, claim"
        )
    if not np.isfinite(values).all():
        raise InputError("action holds NaN or infinity: must be finite")
    shares = values if values.ndim == 2 else values[..., SHARE]
    projected = (shares.sum(axis=-1) > 1 + TOLERANCE) | (shares < 0).any(axis=-1)
    if values.ndim == 3 and values.shape[-1] > CLAIM:
        projected |= (values[..., CLAIM] < 0).any(axis=-1)
    if projected.any():
        values = np.array(values)
        values[projected] = _project(values[projected], observation[projected])
    return values, projected


def decode(action: Floats, observation: Floats, config: MecConfig) -> Decision:
    """Return what a checked action means for the UEs of an observation."""
    table = action[..., None] if action.ndim == 2 else action
    width = table.shape[-1]
    share = table[..., SHARE]
    offloaded = (share > NO_SHARE) & (share >= config.least_share * (1 - TOLERANCE))
    share = np.where(offloaded, share, 0.0)
    total = share.sum(axis=-1, keepdims=True)
    share = share / np.where(total > 0, total, 1.0)
    deadline = observation[..., Column.DEADLINE]
    priority = table[..., PRIORITY] if width > PRIORITY else -deadline
    if config.clusters == 1:
        return Decision(offloaded, share, priority, np.ones((len(share), 1)))
    claim = table[..., CLAIM] if width > CLAIM else observation[..., Column.CYCLES] / deadline
    return Decision(
        offloaded, share, priority, compute_shares(claim * offloaded, observation, config)
    )


def compute_shares(claim: Floats, observation: Floats, config: MecConfig) -> Floats:
    """Return each cluster's part of the processor, (W, K), in proportion to its UEs' claims.

    f + (1 - K f) claim_k / sum_k claim_k with the least part f, which is above 0 even if
    `MecConfig.least_compute` is not; equal parts without any claim.
    """
    clusters = config.clusters
    least = max(config.least_compute, min(LEAST_PART, 1 / clusters))
    lane = cluster_of(observation, config) + clusters * np.arange(len(observation))[:, None]
    claims = np.bincount(lane.ravel(), claim.ravel(), minlength=len(observation) * clusters)
    claims = claims.reshape(-1, clusters)
    total = claims.sum(axis=-1, keepdims=True)
    part = np.where(total > 0, claims, 1 / clusters) / np.where(total > 0, total, 1.0)
    return least + (1 - clusters * least) * part
