"""Tables and captions as a place's numbers make them, drawn into a folder that nobody keeps."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from experiments.rendering import tex
from experiments.rendering.draw import draw
from experiments.runs.locations import Place


@contextmanager
def drawn(name: str, place: Place) -> Iterator[Path]:
    """Give the folder with ``tables`` or ``figures`` that a product is drawn into.

    Raises
    ------
    InputError
        If the place lacks what it is drawn from.
    """
    with tempfile.TemporaryDirectory() as folder:
        draw(name, place.aggregates, place.workspace, Path(folder))
        yield Path(folder)


def drawn_tables(name: str, place: Place) -> list[tex.Table]:
    """Return the tables of a product; raises as :func:`drawn`."""
    with drawn(name, place) as folder:
        return tex.read_tables(name, folder / "tables")
