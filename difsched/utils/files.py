"""Files that exist whole or not at all, their checksums, and reading without trust.

A file that is read may be a stranger's. Its kind and its size are checked before it is read, and
what it claims of its contents before they get memory.
"""

import hashlib
import json
import math
import os
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError
from difsched.utils.plain import from_json

#: Bytes of the largest files that are read: arrays, a text, a learning curve.
MAX_ARRAYS, MAX_TEXT, MAX_LINES = 1 << 30, 1 << 24, 1 << 22
#: Bytes that the arrays of a compressed npz may become.
MAX_INFLATED = 1 << 28
#: Bytes of the largest directory of an npz: thousands of arrays.
MAX_DIRECTORY = 1 << 20


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside ``path`` that takes its place when the block ends well.

    A kill, a full disk or an exception leaves the old file (or none), never half of the new one.
    The temporary name keeps the suffix, because some writers choose their format by it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def check_output(name: str, path: Path, kind: str = "file") -> None:
    """Raise InputError unless a file or a folder can be written: before the work for it starts.

    Folders that are missing on the way are made when it is written.

    Parameters
    ----------
    name : str
        What the path is, for the line: an option's name.
    path : Path
    kind : {"file", "folder"}
    """
    must = f"must be the name of a {kind} to write"
    try:
        if "\0" in str(path):  # which Path itself takes for a file that is not there
            raise ValueError("holds a null character")
        there, usable = path.exists(), path.is_dir() if kind == "folder" else path.is_file()
        if kind == "file" and (path.is_dir() or not path.name):
            raise InputError(f"{name} {str(path)!r} is a folder: {must}")
        if there and not usable:
            raise InputError(f"{name} {str(path)!r} is no {kind}: {must}")
        above = path if there and kind == "folder" else path.absolute().parent
        while not above.exists():
            above = above.parent
        if not above.is_dir():
            raise InputError(f"{name} {str(path)!r}: {above} is no folder: {must}")
        if not os.access(above, os.W_OK | os.X_OK):
            raise InputError(f"{name} {str(path)!r}: {above} allows no writing: {must} elsewhere")
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{name} {str(path)!r}: {reason}: {must}") from None


def leftovers(folder: Path) -> list[Path]:
    """Return the temporary files that killed writers left in a folder; see :func:`atomic`."""
    return sorted(folder.glob(".*.part*"))


def write_text(path: str | Path, text: str) -> None:
    """Write ``text`` as UTF-8, atomically."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def to_json(value: Any) -> str:
    """Return ``value`` as JSON text with sorted keys: equal values give equal bytes.

    Raises
    ------
    ValueError
        If a number is NaN or infinite; JSON has no word for them.
    """
    return json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n"


def write_json(path: str | Path, value: Any) -> None:
    """Write ``value`` as JSON, atomically; see :func:`to_json`."""
    write_text(path, to_json(value))


@contextmanager
def reading(path: str | Path, kind: str, limit: int = MAX_TEXT) -> Iterator[None]:
    """Turn whatever goes wrong while the block reads a file into one line.

    Parameters
    ----------
    path : str or Path
        The file. It must be a regular one: a device or a pipe need not end.
    kind : str
        What it is read as, for the line.
    limit : int
        Bytes that it may have.

    Raises
    ------
    InputError
        If the file is missing, no regular file or too large, or the block raises anything: parsers
        trip over a stranger's bytes in more ways than they document. Its own goes on as it is.
    """
    with refusing(path, kind):
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is no regular file")
        if status.st_size > limit:
            raise ValueError(f"it has {status.st_size} bytes, at most {limit} are read")
        yield


@contextmanager
def refusing(path: str | Path, kind: str) -> Iterator[None]:
    """Turn whatever goes wrong while the block makes sense of a file or folder into one line.

    Raises
    ------
    InputError
        If the block raises anything; its own goes on as it is.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = error.strerror if isinstance(error, OSError) else None
        text = " ".join(str(reason or error).split()) or type(error).__name__
        raise InputError(f"{path} cannot be read as {kind}: {text}") from None


def read_json(path: str | Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    InputError
        If the file is missing, too large or not JSON of plain values; see `from_json`.
    """
    with reading(path, "JSON"):
        return from_json(Path(path).read_text(encoding="utf-8"))


def read_json_lines(path: str | Path) -> list[dict[str, Any]]:
    """Read a JSONL file: one JSON object a line.

    Raises
    ------
    InputError
        If the file is missing, too large, or a line is no JSON object.
    """
    found = []
    with reading(path, "JSON lines", MAX_LINES):
        for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
            found.append(from_json(line))
            if not isinstance(found[-1], dict):
                raise ValueError(f"line {number} is no object")
    return found


def write_npz(path: str | Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays as an uncompressed npz, atomically; equal arrays give equal bytes.

    Raises
    ------
    ValueError
        If an array holds Python objects, which only a pickle could carry.
    """
    with atomic(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays.items():
            # A fixed date: the bytes must not depend on the hour of writing.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asarray(array, order="C"), allow_pickle=False)


def npz_names(path: str | Path) -> list[str]:
    """Return the names of the arrays in an npz.

    Raises
    ------
    InputError
        If the file is missing, damaged or too large.
    """
    with reading(path, "npz", MAX_ARRAYS):
        _check_directory(Path(path))
        with zipfile.ZipFile(path) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist()]


def read_npz(path: str | Path, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Read the arrays ``names`` of an npz that :func:`write_npz` or NumPy wrote.

    Raises
    ------
    InputError
        If the file is missing, damaged or too large, lacks one of the arrays, holds Python objects,
        claims more than it has, or is compressed and would become more than ``MAX_INFLATED`` bytes.
    """
    with reading(path, "npz", MAX_ARRAYS):
        _check_directory(Path(path))
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            packed = any(info.compress_type == zipfile.ZIP_DEFLATED for info in members)
            allowed = MAX_INFLATED if packed else os.path.getsize(path)
            if sum(info.file_size for info in members) > allowed:
                raise ValueError(f"its arrays claim more than {allowed} bytes")
            return {name: _read_array(archive, f"{name}.npy") for name in names}


def _check_directory(path: Path) -> None:
    """Check the size of a zip file's directory, which is read whole when the file is opened."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 42))
        end = file.read()
    if end[-22:-18] != b"PK\x05\x06" or end[-2:] != b"\0\0":
        raise ValueError("it does not end as a zip file")
    if int.from_bytes(end[-10:-6], "little") > MAX_DIRECTORY or end[:4] == b"PK\x06\x07":
        raise ValueError(f"its directory has more than {MAX_DIRECTORY} bytes")


def _read_array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Return an array of an npz once its header is found to claim just what is there."""
    info = archive.getinfo(name)
    if archive.namelist().count(name) > 1:
        raise ValueError(f"{name} is there twice")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is compressed in another way than NumPy's")
    with archive.open(info) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError(f"{name} is no npy of version 1.0")
        shape, _, kind = np.lib.format.read_array_header_1_0(file)
        there = info.file_size - file.tell()
    if kind.hasobject or not kind.itemsize:
        raise ValueError(f"{name} holds {kind}: must be numbers or words")
    claimed = math.prod(shape) * kind.itemsize
    if claimed != there or min(shape, default=0) < 0:
        raise ValueError(f"{name} claims shape {shape}, {claimed} bytes, and has {there}")
    with archive.open(info) as file:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return array


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    with reading(path, "bytes", MAX_ARRAYS), Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
