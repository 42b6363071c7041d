"""The exact one-step optimum of three cells."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.radio import Ints, blocks
from difsched.env.mlb.simulator import split_observation
from difsched.typing import Floats

from .boxes import boxes_of, least_imbalance
from .diagonals import best_in_box
from .solution import Solution, balance_of, need_load_balance, need_three_cells


def one_step_optimum(observation: NDArray[Any], config: MlbConfig) -> Solution:
    """Return the actions that balance the loads best in the coming second.

    What follows is left out of account, and hysteresis lets two offsets in turn reach what none
    alone does: over an episode this is no bound, and who looks ahead can do better.

    All users' thresholds cut the box of actions into smaller boxes, and some of these are cut
    further by diagonals (see `intervals`). Boxes are taken in the order of what they can be at
    best; only those with diagonals that might win are looked into. **Of equal optima** the one
    that moves the fewest users to another cell is taken, of these the first box in the order of
    d12, d13, d23 from low to high, and the first part of it; the action is inside, away from its
    thresholds. The choice decides who is attached where in the next second.

    Parameters
    ----------
    observation : (W, N, 6) ndarray of float
        See `difsched.env.mlb.simulator.Simulator`; taken for the truth.
    config : MlbConfig
        Three cells, and the reward ``load_balance``.

    Returns
    -------
    Solution
        Its bound equals its value: parts that are narrower than 1e-9 dB alone are left out.

    Raises
    ------
    InputError
        If the configuration or the observation is of another kind, or hundreds of users make too
        many boxes.
    """
    need_load_balance(config)
    need_three_cells(config)
    power, serving = split_observation(observation, config)
    need = blocks(power, config.demand)
    found = [_best(config, *window) for window in zip(power, serving, need, strict=True)]
    action = np.array([point for _, point in found])[:, None]
    value = balance_of(np.array([least for least, _ in found]), config)
    return Solution(action, value, value.copy())


def _best(config: MlbConfig, power: Floats, serving: Ints, need: Ints) -> tuple[int, Floats]:
    """Return the least imbalance of a window, and the action (3,)."""
    prbs = config.scene.prbs
    boxes = boxes_of(power, serving, need, config.hysteresis, config.reach)
    bound = least_imbalance(np.minimum(boxes.low, prbs), np.minimum(boxes.high, prbs)).ravel()
    moved, settled = boxes.moved.ravel(), (boxes.low == boxes.high).all(axis=-1).ravel()
    # A settled box is what its bound says, so no box after the first settled one can win.
    order = np.lexsort((moved, bound))
    last = int(settled[order].argmax()) if settled.any() else len(order) - 1
    best: tuple[int, int, int] | None = None
    action = np.zeros(3)
    for number in order[: last + 1].tolist():
        if best is not None and best < (bound[number], moved[number], number):
            break
        a, b, c = (int(index) for index in np.unravel_index(number, boxes.moved.shape))
        least, point = best_in_box(boxes, (a, b, c), prbs)
        if best is None or (least, moved[number], number) < best:
            best, action = (least, int(moved[number]), number), point
    assert best is not None
    return best[0], action
