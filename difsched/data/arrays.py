"""The types in which datasets keep arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError


def cast(name: str, value: Any, *, count: bool = False) -> NDArray[Any]:
    """Return an array in the type in which datasets keep it: float32, and int16 for counts.

    Whole numbers are taken from any numeric type. Observations and rewards of other types are
    rounded to float32.

    Parameters
    ----------
    name : str
        As errors call it.
    value : array_like
    count : bool
        Whether it holds counts.

    Raises
    ------
    InputError
        If the values are no numbers, NaN, infinite or too large, or a count is no whole number.
    """
    try:
        array = np.asarray(value)
    except Exception as error:  # a ragged list, another library's array: whatever it says
        text = " ".join(str(error).split())
        raise InputError(f"{name} cannot be read as an array: {text}") from None
    if array.dtype.kind not in "iuf":
        raise InputError(f"{name} holds {array.dtype}: must be numbers")
    if not np.isfinite(array).all():
        raise InputError(f"{name} holds NaN or infinity: must be finite")
    kind: type = np.int16 if count else np.float32
    if array.dtype == kind or not array.size:
        return array.astype(kind, copy=False)
    most = np.iinfo(np.int16).max if count else np.finfo(np.float32).max
    size = np.abs(array.astype(np.float64))
    if size.max() > most:
        raise InputError(f"{name} holds {array.flat[size.argmax()]:g}: must be at most {most:g}")
    stored: NDArray[Any] = array.astype(kind)
    if count and (off := stored != array).any():
        raise InputError(f"{name} holds {array[off].flat[0]}: must be whole numbers")
    return stored
