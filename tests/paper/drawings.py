"""Draws the figures of some results without writing them, and says where their ink is."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from difsched.typing import Floats
from experiments.paths import LOGS, REFERENCE
from experiments.products import PRODUCTS, module_of
from experiments.rendering import tex

FIGURES = [name for name in PRODUCTS if name.startswith("fig")]
#: Pixels by which a point may be off: rounding.
SLACK = 0.5


def draw(name: str, aggregates: Path, folder: Path, patch: pytest.MonkeyPatch) -> Figure:
    """Return a figure as it is saved; its caption is written to ``folder``."""
    drawn: list[Figure] = []

    def keep(drawing: Figure, path: Path, **options: Any) -> None:
        drawn.append(drawing)
        Path(path).touch()

    patch.setattr(tex, "FIGURES", folder)
    patch.setattr(Figure, "savefig", keep)
    patch.setattr(
        sys, "argv", [name, "--aggregates", str(aggregates), "--workspace", str(workspace(folder))]
    )
    importlib.import_module(module_of(name)).main()
    drawn[0].draw_without_rendering()
    return drawn[0]


def workspace(folder: Path) -> Path:
    """Return the reference's traffic and specification without its runs."""
    made = folder / "workspace"
    if not made.exists():
        made.mkdir(parents=True)
        shutil.copy(LOGS / "spec.json", made)
        (made / "traffic").symlink_to(LOGS / "traffic")
    return made


def committed(folder: Path) -> Path:
    """Return a copy of the reference's CSV files."""
    return Path(shutil.copytree(REFERENCE / "aggregates", folder / "aggregates"))


def drawn_points(artist: Artist) -> Floats:
    """Return the places (P, 2) of an artist's data, pixels; those that are not finite left out."""
    if isinstance(artist, Line2D):
        points = artist.get_transform().transform(artist.get_xydata())
    elif isinstance(artist, Patch):
        points = artist.get_transform().transform(artist.get_path().vertices)
    elif isinstance(artist, Collection):
        paths = [artist.get_transform().transform(path.vertices) for path in artist.get_paths()]
        offsets = artist.get_offset_transform().transform(artist.get_offsets())
        # Markers are at their offsets; lines and areas are their paths.
        markers = len(offsets) > 1 or offsets.any()
        points = offsets if markers else np.concatenate([*paths, np.empty((0, 2))])
    else:
        points = np.empty((0, 2))
    return points[np.isfinite(points).all(axis=1)]


def outside(axes: Axes) -> list[str]:
    """Return what of the data of some axes lies outside them."""
    if hasattr(axes, "_colorbar"):
        # It ends in an arrow.
        return []
    box = axes.bbox.padded(SLACK)
    artists = [*axes.lines, *axes.collections, *axes.patches]
    return [
        f"{type(artist).__name__} at {axes.transData.inverted().transform(point)}"
        for artist in artists
        for point in drawn_points(artist)
        if not box.contains(*point)
    ]


def texts(drawing: Figure) -> list[Text]:
    """Return every text that is seen."""
    hidden = {text for axes in drawing.axes for text in _hidden(axes)}
    every = drawing.findobj(lambda artist: isinstance(artist, Text))
    return [text for text in every if text not in hidden and text.get_text().strip()]


def _hidden(axes: Axes) -> list[Text]:
    """Return the texts of some axes that are not drawn: labels of ticks beyond their limits."""
    if not (axes.get_visible() and axes.axison):
        return axes.findobj(lambda artist: isinstance(artist, Text))
    found = []
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-9 * (high - low)
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
            shown = tick.get_visible() and low - slack <= tick.get_loc() <= high + slack
            labels = (tick.label1, tick.label2)
            found += [label for label in labels if not (shown and label.get_visible())]
    return found


def boxes(items: list[Text]) -> Iterator[tuple[str, Bbox]]:
    """Yield each text and the box that it takes, pixels."""
    for text in items:
        yield text.get_text(), text.get_window_extent()


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close what a test drew."""
    yield
    plt.close("all")
