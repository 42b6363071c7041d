"""A problem as a Gymnasium environment: one copy, one window a step."""

from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from difsched.utils.seeding import seed_sequence
from difsched.views.copies import STREAM, Copies, FamilyCopies
from difsched.views.registration import select


class GymnasiumView(gymnasium.Env[NDArray[np.float32], NDArray[np.float32]]):
    """One copy of a problem, as Gymnasium and Stable-Baselines3 take it.

    ===========  ===============================================================================
    observation  (N, F) float32, in the bounds that the family gives
    action       float32, in the box of the family's action set: (N,), (N, A) or (1, A); what the
                 set does not admit is projected
    reward       of the window
    terminated   never: an episode is cut off (truncated)
    info         of `difsched.views.copies.Window`; from ``reset`` the same entries, all zero
    ===========  ===============================================================================

    Parameters
    ----------
    copies : Copies
        The one copy.
    """

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self.config = copies.config
        self.observation_space, self.action_space = copies.observation_space, copies.action_space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode; a seed starts the streams anew, without one they go on."""
        super().reset(seed=seed)
        sequence = None if seed is None else seed_sequence(seed, STREAM)
        observation, info = self._copies.start(sequence)
        return observation[0], _first(info)

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Let the coming window pass; see the class."""
        window = self._copies.step(np.asarray(action)[None])
        info = _first(window.info)
        return window.observation[0], float(window.reward[0]), False, window.truncated, info


def _first(info: dict[str, NDArray[Any]]) -> dict[str, Any]:
    return {name: values[0] for name, values in info.items()}


def make(family: str, config: Any = None, **fields: Any) -> GymnasiumView:
    """Return a configuration as an environment, what Gymnasium's ids make; see `select`."""
    return GymnasiumView(FamilyCopies(select(family, config, **fields)))
