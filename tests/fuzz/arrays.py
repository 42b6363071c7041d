"""Damaged npz files: arrays of other types and shapes, headers that lie, other archives."""

import io
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TYPES = ("<f2", "<f8", ">i4", "|i1", "<u8", "<c16", "|b1", "<U3", "|S2", "<M8[s]", "<m8[s]", "|V4")
SHAPES: tuple[Callable[[Array], Array], ...] = (
    np.ravel,
    np.transpose,
    lambda a: a[None],
    lambda a: a[..., None],
    lambda a: a[:0],
    lambda a: a[..., :0],
    lambda a: a[..., :-1],
    lambda a: a[: len(a) // 2],
    lambda a: np.array(a.flat[0]),
    lambda a: np.concatenate([a, a]),
)
VALUES = (np.nan, np.inf, -np.inf, -1, 0, 1, 1e30, 2**15 - 1, -(2**15), 2**63 - 1, 0.5)
#: Entries of an npy header.
LIES = (
    *("'shape': (10**12,)", "'shape': (1000000000000,)", "'shape': (-1,)", "'shape': (True,)"),
    *("'shape': 3", "'shape': (0, 1000000000000)", "'shape': (1.5,)", "'shape': (1e99,)"),
    *("'shape': " + "(" * 150 + ")" * 150, "'shape': (4294967296, 4294967296)"),
    *("'descr': '|O'", "'descr': '|S0'", "'descr': '<U2000000000'", "'descr': '|V9999999999'"),
    *("'descr': ('<f8', (1000000,))", "'descr': [('a', '<f8'), ('a', '<f8')]", "'descr': 5"),
    *("'descr': [('a', '|O')]", "'fortran_order': True", "'fortran_order': None", "'x': 1"),
    "'descr': __import__('os').system('id')",
)


def npy(array: Array) -> bytes:
    """Return an array as the bytes of an npy file."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
    return file.getvalue()


def lying_npy(array: Array, lie: str) -> bytes:
    """Return an array's npy file with another entry in its header."""
    own = {
        "descr": repr(np.lib.format.dtype_to_descr(array.dtype)),
        "fortran_order": "False",
        "shape": repr(array.shape),
    }
    name = lie.split("'")[1]
    entries = [f"'{key}': {text}" for key, text in own.items() if key != name]
    header = ("{" + ", ".join([*entries, lie]) + ", }\n").encode()
    data = np.ascontiguousarray(array).tobytes()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


def npz(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return an npz of named npy files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content, method)
    return file.getvalue()


def distort_array(array: Array, random: Random) -> Array:
    """Return an array with another type, shape or value."""
    kind = random.randrange(3)
    with np.errstate(all="ignore"):
        if kind == 0:
            try:
                return array.astype(random.choice(TYPES))
            except (TypeError, ValueError):
                return np.zeros(array.shape, random.choice(TYPES))
        if kind == 1 and array.size and array.ndim:
            return random.choice(SHAPES)(array)
        changed = array.copy()
        if changed.size and changed.dtype.kind in "iuf":
            value = np.array(random.choice(VALUES)).astype(changed.dtype)
            changed.flat[random.randrange(changed.size)] = value
            return changed
    return np.array(random.choice(("", "x", "../..", "a\nb", "{}", "[", "x" * 4000)))


def distort_npz(arrays: dict[str, Array], random: Random) -> bytes:
    """Return an npz of the arrays with one of them, or the archive, damaged."""
    members = {name: npy(array) for name, array in arrays.items()}
    name = random.choice(sorted(arrays))
    kind = random.randrange(10)
    if kind == 0:
        del members[name]
    elif kind == 1:
        members[name] = random.choice((b"", b"not an array", members[name][:-1], b"\x80\x04N."))
    elif kind in (2, 3):
        members[name] = lying_npy(arrays[name], random.choice(LIES))
    elif kind == 4:
        return npz(members, random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)))
    elif kind == 5:
        return members[name]
    else:
        members[name] = npy(distort_array(arrays[name], random))
    return npz(members)
