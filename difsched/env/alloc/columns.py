"""Where the numbers of an observation stand: own features of the tasks, then global ones."""

from collections.abc import Mapping
from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np

from difsched.typing import Floats

from .config import AllocConfig

#: Blocks of columns that are equal for all tasks: supply, cost, and windows passed.
GLOBAL = ("supply", "cost", "progress")


def _blocks(config: AllocConfig) -> dict[str, int]:
    """Return the blocks of columns in their order, and how many columns each has."""
    resources = config.resources
    own = {
        "faithful": {"demand": 1, "priority": 1, "granted": resources},
        "backlog": {
            "requirement": resources,
            "priority": 1,
            "charge": 1,
            "share": resources,
            "work": config.wait + 1,
        },
    }.get(config.mode, {"requirement": resources, "priority": 1, "charge": 1})
    common = {"supply": resources, "cost": resources}
    progress = {"progress": 1} if config.mode == "faithful" else {}
    return {**own, **common, **progress}


@cache
def columns(config: AllocConfig) -> Mapping[str, slice]:
    """Return the columns of an observation (W, T, F) by the name of their block.

    ===========  ====  ==========================================================================
    demand          1  d_i (``faithful``)
    requirement     R  D_ir, what x_i = 1 would spend of each resource; of the whole queue with
                       ``backlog``, of the forecast with ``forecast``
    priority        1  p_i
    charge          1  what x_i = 1 would cost, on the scale of outcomes: config.charge
                       sum_r c_r D_ir
    granted         R  a_ir of the window before (``faithful``)
    share           R  s_ir, what a unit of work spends of each resource (``backlog``)
    work     wait + 1  work that has waited 0, 1, .., wait windows (``backlog``)
    supply          R  v_r, the same for all tasks
    cost            R  c_r, the same for all tasks
    progress        1  windows that have passed over windows of an episode (``faithful``)
    ===========  ====  ==========================================================================
    """
    blocks = _blocks(config)
    ends = accumulate(blocks.values())
    return {
        name: slice(end - size, end) for (name, size), end in zip(blocks.items(), ends, strict=True)
    }


def feature_names(config: AllocConfig) -> list[str]:
    """Return the F names of the columns, such as ``requirement_0`` or ``priority``."""
    return [
        name if size == 1 else f"{name}_{number}"
        for name, size in _blocks(config).items()
        for number in range(size)
    ]


def own_features(config: AllocConfig) -> int:
    """Return how many columns are a task's own; the rest is the same for all tasks."""
    return sum(size for name, size in _blocks(config).items() if name not in GLOBAL)


def read(observation: Any, name: str, config: AllocConfig) -> Any:
    """Return a block of an observation (W, T, F), an array or a tensor.

    Returns
    -------
    (W, T, size), (W, T) where a task has one number, or (W, size) for a global block.
    """
    block = observation[..., columns(config)[name]]
    if name in GLOBAL:
        return block[..., 0, :]
    return block[..., 0] if name in ("demand", "priority", "charge") else block


def assemble(config: AllocConfig, blocks: Mapping[str, Any]) -> Floats:
    """Return the observation (W, T, F) of its blocks, shaped as `read` returns them."""
    places = columns(config)
    copies = len(blocks["supply"])
    width = max(place.stop for place in places.values())
    observation = np.empty((copies, config.tasks, width))
    for name, place in places.items():
        block = np.asarray(blocks[name], dtype=np.float64)
        if name in GLOBAL:
            block = block[:, None, :]
        elif block.ndim == 2:
            block = block[..., None]
        observation[..., place] = block
    return observation
