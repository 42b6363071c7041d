"""A GIF as a page holds it whose reader can stop it: a picture a frame, one above the other.

A GIF writes of each frame after the first only the part that changed. So each becomes a GIF of its
own with the same bytes, and all up to the k-th, one above the other, look like the k-th.
"""

from collections.abc import Iterator
from pathlib import Path

from difsched.errors import InputError

#: First bytes of the parts of a GIF (CompuServe, GIF89a, 1990, sections 17 to 27).
EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
#: Bytes of the signature and the screen; of an extension's and an image's head.
HEAD, EXTENSION_HEAD, IMAGE_HEAD = 13, 2, 10


def layers(path: Path) -> list[bytes]:
    """Return the frames of a GIF, each as a GIF of the whole screen that shows what changed.

    Raises
    ------
    InputError
        If the file is missing, or no GIF.
    """
    try:
        data = path.read_bytes()
        if not data.startswith(b"GIF8"):
            raise InputError(f"{path}: must be a GIF; ./run_all.sh animation makes it")
        head = data[: HEAD + _table(data[10])]
        return [head + image + bytes([TRAILER]) for image in _images(data, len(head))]
    except (OSError, IndexError) as error:
        raise InputError(f"{path}: cannot be read as a GIF: {error}") from None


def size(layer: bytes) -> tuple[int, int]:
    """Return the width and height of a GIF's screen, pixels."""
    return int.from_bytes(layer[6:8], "little"), int.from_bytes(layer[8:10], "little")


def _table(flags: int) -> int:
    """Return how many bytes a colour table takes; its presence and size stand in flags."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _images(data: bytes, place: int) -> Iterator[bytes]:
    """Yield each image with its own table and the extensions before it."""
    start = place
    while data[place] != TRAILER:
        if data[place] == EXTENSION:
            place = _after_blocks(data, place + EXTENSION_HEAD)
        elif data[place] == IMAGE:
            table = _table(data[place + IMAGE_HEAD - 1])
            place = _after_blocks(data, place + IMAGE_HEAD + table + 1)
            yield data[start:place]
            start = place
        else:
            raise IndexError(f"byte {place} begins no part")


def _after_blocks(data: bytes, place: int) -> int:
    """Return where data blocks that begin here end: each has its length first, the end a 0."""
    while data[place]:
        place += 1 + data[place]
    return place + 1
