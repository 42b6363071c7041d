"""Deadband codecs: which samples of a signal are worth a packet.

Whether a sample is sent depends on the last one sent, hence on every sample before it. Both codecs
are therefore plain loops, over lists and in blocks, which is several times faster than the same
loop over an array: 0.1 to 0.2 s for a million samples.

Source: Hinterseer et al., IEEE Trans. Signal Process. 56 (2008).
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BLOCK = 1 << 16  # samples held as lists at a time


def absolute_deadband(values: FloatArray, deadband: float) -> NDArray[np.bool_]:
    """Mark the samples sent when each is at least ``deadband`` away from the last one sent.

    Parameters
    ----------
    values : (S, 3) float
        Positions; the first is sent.
    deadband : float
        Distance, same unit, > 0.

    Returns
    -------
    (S,) bool
    """
    sent: list[int] = [0]
    x0, y0, z0 = values[0].tolist()
    limit = deadband * deadband
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        for i, (x, y, z) in enumerate(zip(*block.T.tolist(), strict=True), start):
            dx, dy, dz = x - x0, y - y0, z - z0
            if dx * dx + dy * dy + dz * dz >= limit:
                x0, y0, z0 = x, y, z
                sent.append(i)
    return _mask(sent, len(values))


def weber_deadband(values: FloatArray, fraction: float, floor: float) -> NDArray[np.bool_]:
    """Mark the samples sent when each differs from the last one sent by a fraction of that one.

    A sample x is sent when ``|x - last| >= fraction * max(|last|, floor)``; the first is sent.

    Parameters
    ----------
    values : (S,) float
    fraction : float
        Weber fraction, > 0.
    floor : float
        Same unit as the values, >= 0: the deadband of smaller ones is that of this value.

    Returns
    -------
    (S,) bool
    """
    sent: list[int] = [0]
    last = float(values[0])
    limit = fraction * max(abs(last), floor)
    for start in range(0, len(values), BLOCK):
        for i, x in enumerate(values[start : start + BLOCK].tolist(), start):
            if abs(x - last) >= limit:
                last = x
                limit = fraction * max(abs(x), floor)
                sent.append(i)
    return _mask(sent, len(values))


def _mask(indices: list[int], length: int) -> NDArray[np.bool_]:
    mask = np.zeros(length, dtype=bool)
    mask[np.asarray(indices)] = True
    return mask
