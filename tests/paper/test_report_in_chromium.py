"""The report in a real browser: it loads, sorts, and fits a phone."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.products import PRODUCTS
from experiments.rendering import tex
from tests.paper.chromium import BROWSER, Visit, visit
from tests.paper.pages import build, make_films

pytestmark = pytest.mark.skipif(
    shutil.which(BROWSER) is None, reason=f"{BROWSER} is not on the PATH"
)
#: A desk's window and a phone's, CSS pixels.
WIDTHS = (1280, 360)
SCRIPT = """
const table = document.querySelector("#table2 table");
const heads = [...table.tHead.rows].at(-1).cells;
const shown = part => part.checkVisibility({checkVisibilityCSS: true});
const state = () => [...table.querySelectorAll("tbody tr")].filter(shown).map(row =>
  [...row.cells].map(cell => cell.textContent));
const clicks = [...heads].map(head => ["first", "second", "third"].map(() => {
  head.querySelector("button").click();
  return {rows: state(), order: [...heads].map(other => other.getAttribute("aria-sort"))};
}));
const film = document.querySelector(".film");
const [play, place] = film.querySelector(".player").children;
const frames = [...film.querySelectorAll(".frames img")];
const seen = () => frames.filter(frame => frame.checkVisibility()).length;
const start = [play.textContent, play.checkVisibility(), seen()];
place.value = 2;
place.dispatchEvent(new Event("input"));
const moved = [play.textContent, seen()];
play.click();
const words = [play.textContent];
play.click();
words.push(play.textContent);
const button = heads[1].querySelector("button");
button.focus();
const {scrollWidth, clientWidth} = document.scrollingElement;
const box = document.querySelector("#table1 .scroll");
return {
  clicks,
  focused: document.activeElement === button,
  images: [...document.querySelectorAll(".card > img")].map(image =>
    [image.naturalWidth, image.checkVisibility()]),
  film: {start, moved, words, widths: frames.map(frame => frame.naturalWidth)},
  page: [scrollWidth, clientWidth, innerWidth],
  box: [box.scrollWidth, box.clientWidth, box.getBoundingClientRect().right],
};
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """Visit a report in a browser as wide as a desk's and as a phone's."""
    with pytest.MonkeyPatch.context() as patch:
        site = build(tmp_path_factory.mktemp("site"), patch)
        make_films(tex.FIGURES)
        yield visit(site.write(), SCRIPT, WIDTHS, site.folder)


def test_an_animation_can_be_stopped_and_looked_at_frame_by_frame(loaded: Visit) -> None:
    for found in loaded.found:
        assert found["film"]["start"] == ["Pause", True, 1]
        assert found["film"]["moved"] == ["Play", 3]
        assert found["film"]["words"] == ["Pause", "Play"]
        assert found["film"]["widths"] == [60, 60, 60]


def test_who_wants_no_motion_starts_an_animation_himself(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        site = build(tmp_path, patch)
        make_films(tex.FIGURES)
        script = "return document.querySelector('.player button').textContent;"
        calm = visit(site.write(), script, [1280], tmp_path, "--force-prefers-reduced-motion")
    assert calm.found == ["Play"]


def test_an_error_in_a_page_is_seen(tmp_path: Path) -> None:
    page = "<body><script>missing()</script></body>"
    assert "missing is not defined" in " ".join(visit(page, "return 1;", [360], tmp_path).console)


def test_the_page_loads_without_a_word_in_the_console_and_shows_every_image(loaded: Visit) -> None:
    # One of them stands at the head of the page, too.
    figures = 1 + sum(name.startswith("fig") for name in PRODUCTS)
    assert loaded.console == []
    for found in loaded.found:
        assert found["images"] == [[900, True]] * figures


def test_the_page_is_no_wider_than_the_window_and_a_wide_table_scrolls_in_its_box(
    loaded: Visit,
) -> None:
    for width, found in zip(WIDTHS, loaded.found, strict=True):
        page, seen, window = found["page"]
        assert page <= seen <= window == width
        table, box, right = found["box"]
        assert table > box and right <= window


def test_a_click_sorts_up_another_down_and_a_third_restores(loaded: Visit) -> None:
    text, numbers, others = loaded.found[0]["clicks"]
    restored = ["Rules", "A", "B", "Ours", "C", "C"]
    assert [cells(click, 0) for click in text] == [
        *(["A", "B", "C", "C"], ["C", "C", "B", "A"], restored)
    ]
    assert [cells(click, 1) for click in numbers] == [
        *(["-3.0", "12.3 ±0.4", "100.2", "--"], ["100.2", "12.3 ±0.4", "-3.0", "--"]),
        ["", "12.3 ±0.4", "-3.0", "", "100.2", "--"],
    ]
    assert [cells(click, 2) for click in others[:2]] == [
        *(["-20.0†", "-9.5", "1 000", "n/a"], ["1 000", "-9.5", "-20.0†", "n/a"])
    ]


def cells(click: dict[str, Any], column: int) -> list[str]:
    """Return the cells of a column after a click, nothing where a row has none; ASCII's signs."""
    signs = {"\N{MINUS SIGN}": "-", "\N{EN DASH}": "--", "\N{NARROW NO-BREAK SPACE}": " "}
    found = [row[column] if column < len(row) else "" for row in click["rows"]]
    return [text.translate(str.maketrans(signs)) for text in found]


def test_only_the_heading_that_was_clicked_says_how_it_sorts(loaded: Visit) -> None:
    for column, clicks in enumerate(loaded.found[0]["clicks"]):
        for click, order in zip(clicks, ("ascending", "descending", None), strict=True):
            assert click["order"] == [order if place == column else None for place in range(3)]


def test_a_heading_can_be_reached_by_keyboard(loaded: Visit) -> None:
    assert loaded.found[0]["focused"]
