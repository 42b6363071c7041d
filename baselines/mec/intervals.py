"""Ways in which a user's task can end on the server, with what each needs and earns at most."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.env.mec.columns import Column
from difsched.env.mec.config import MecConfig
from difsched.env.mec.physics import (
    density_efficiency,
    server_joules,
    server_seconds,
    signal_to_noise,
    upload_joules,
    upload_seconds,
)
from difsched.env.mec.slot import local_reward
from difsched.typing import Floats

Ints = NDArray[Any]

#: Length of a user's intervals, s.
STEP = 0.1
#: Part of a share that rounding may add: taken off, so that the bound stays one.
ROUNDING = 1e-9


def least_shares(data: Floats, distance: Floats, time: Floats, config: MecConfig) -> Floats:
    """Return the share of the band that uploads data in a time, from below; > 1 if none does.

    Parameters
    ----------
    data, distance, time : (...) ndarray of float
        Mbit, m, s; the time may be 0 or negative, then no share suffices.
    """
    need = data / (np.maximum(time, 1e-9) * config.bandwidth_mhz)
    if config.radio == "urban_micro":
        return need / density_efficiency(distance, config) * (1 - ROUNDING)
    # th log2(1 + s / th) = need, concave and increasing in th: Newton from the left stays left.
    ratio = signal_to_noise(distance, config)
    share = np.full(need.shape, 1e-9)
    for _ in range(40):
        efficiency = np.log2(1 + ratio / share)
        slope = efficiency - ratio / ((share + ratio) * np.log(2))
        share = np.clip(share + (need - share * efficiency) / slope, 1e-9, 2.0)
    return share * (1 - ROUNDING)


@dataclass(frozen=True)
class Choices:
    """Ways of ending that earn something: user, level, end, gain, share; arrays (M,)."""

    user: Ints
    level: Ints
    end: Floats
    gain: Floats
    share: Floats


def list_choices(seen: Floats, most: Floats, config: MecConfig) -> Choices:
    """Return the choices of one window, (1, N, F), at the upper edges (L,) of the levels."""
    data, cycles, deadline, distance = (
        seen[0, :, None, None, column]
        for column in (Column.DATA, Column.CYCLES, Column.DEADLINE, Column.DISTANCE)
    )
    late = STEP * np.arange(int(np.ceil(deadline.max() / STEP)) + 1)
    end = deadline + late
    start = np.maximum(end - STEP, deadline)
    quality = np.clip(2 - start / deadline, 0.0, 1.0)
    compute = most[:, None]
    joules = least_upload_joules(seen, config)[0, :, None, None] + server_joules(
        cycles, config, compute
    )
    local = local_reward(seen, config)[0, :, None, None]
    gain = config.weight_qos * quality - config.weight_energy * joules - local
    share = least_shares(data, distance, end - server_seconds(cycles, config, compute), config)
    gain = np.broadcast_to(gain, share.shape)
    user, level, interval = np.nonzero((quality > 0) & (gain > 0) & (share <= 1))
    return Choices(
        user,
        level,
        end[user, 0, interval],
        gain[user, level, interval],
        share[user, level, interval],
    )


def least_upload_joules(seen: Floats, config: MecConfig) -> Floats:
    """Return the energy of each upload with the whole band: no share needs less."""
    share = np.ones(seen.shape[:2])
    time = upload_seconds(seen[..., Column.DATA], seen[..., Column.DISTANCE], share, config)
    return upload_joules(time, share, config)
