"""Every figure can be read as it is printed: nothing too small, cut off or on top of another."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from experiments.paths import PAPER
from experiments.rendering.style import PAGE_INCHES
from tests.paper.drawings import FIGURES, boxes, committed, draw, texts

#: Points: what a printed figure holds at least.
LEAST_POINTS = 6.0
#: What words side by side have between them at least, at 100 dots an inch: 1.5 points.
GAP_PIXELS = 2.0
#: Of IEEEtran's two columns and the space between them, inches.
TEXT_INCHES = 516 / 72.27
MAIN = (PAPER / "main.tex").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_small_or_cut_off(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = draw(name, committed(tmp_path), tmp_path, monkeypatch)
    shown = texts(drawing)
    assert [text.get_text() for text in shown if text.get_fontsize() < LEAST_POINTS] == []
    paper = drawing.bbox.padded(1)
    cut = [words for words, box in boxes(shown) if not _within(paper, box)]
    assert cut == []
    assert drawing.get_figwidth() <= TEXT_INCHES


@pytest.mark.parametrize("name", FIGURES)
def test_the_words_along_an_axis_stand_apart(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = draw(name, committed(tmp_path), tmp_path, monkeypatch)
    assert [pair for axes in drawing.axes for pair in _touching(axes)] == []


def _within(outer: Bbox, inner: Bbox) -> bool:
    return outer.contains(inner.x0, inner.y0) and outer.contains(inner.x1, inner.y1)


def _touching(axes: Axes) -> list[tuple[str, str]]:
    """Return neighbours along an axis that overlap, or have less than a space between them."""
    found = []
    seen = set(texts(axes.get_figure(root=True)))
    for axis, gap in ((axes.xaxis, GAP_PIXELS), (axes.yaxis, 0.0)):
        labels = [label for label in axis.get_ticklabels() if label in seen]
        for (one, a), (other, b) in pairwise(boxes(labels)):
            if a.padded(gap / 2, 0).overlaps(b.padded(gap / 2, 0)):
                found.append((one, other))
    return found


def test_figures_are_printed_as_large_as_they_are_drawn() -> None:
    assert PAGE_INCHES <= TEXT_INCHES
    assert not re.search(r"\\(shrink|scalebox|resizebox|setkeys)|width=|scale=", MAIN)
