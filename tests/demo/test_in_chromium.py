"""The demo in a real browser: every family, every control, uploads refused, a phone's width."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from difsched.family import FAMILIES
from difsched.published import model_weights
from experiments.demo.players import Place, families, problem_of
from experiments.demo.sliders import sliders
from experiments.paths import ROOT
from tests.demo.demo_page import DemoPage
from tests.demo.driver import DRIVER, browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which(DRIVER) is None, reason=f"{DRIVER} is not on the PATH"),
    pytest.mark.skipif(
        importlib.util.find_spec("streamlit") is None,
        reason="streamlit is not installed: ./run_all.sh demo --install",
    ),
]
RIGHT = "\ue014"
#: A desk's window and a phone's, CSS pixels.
WIDTHS = (1280, 400)
CONFIGURATIONS = {"slice": 3, "alloc": 10, "mec": 3, "mlb": 1}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve the demo."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    words = [sys.executable, "-P", "-m", "experiments", "demo", f"--port={number}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 120
            while socket.socket().connect_ex(("127.0.0.1", number)):
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.2)
            yield number
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def page(port: int) -> Iterator[DemoPage]:
    with browser() as found:
        found.resize(WIDTHS[0], 1500)
        yield DemoPage(found, f"http://127.0.0.1:{port}/")


def fits(page: DemoPage) -> bool:
    """Return whether the page is no wider than the window at a desk's and a phone's width."""
    wide = []
    for width in reversed(WIDTHS):
        page.browser.resize(width, 1500)
        script = "return document.scrollingElement.scrollWidth"
        wide.append(page.browser.run(script) <= width)
    return all(wide)


@pytest.mark.parametrize("family", families())
def test_a_family_is_played_and_every_slider_moves(page: DemoPage, family: str) -> None:
    page.choose("Family", family)
    number = CONFIGURATIONS.get(family, FAMILIES[family].configurations()[0])
    name = problem_of(Place(family, number)).family.name_of(number)
    text = page.choose("Configuration", name if name == str(number) else f"{number}: {name}")
    assert "encountered an error" not in text
    first = page.browser.run(CHARTS)
    page.press("Step")
    assert page.browser.run(CHARTS) >= 3 and first >= 3
    page.press("Back")
    assert fits(page)
    if family == families()[0]:  # it stays open
        page.open("Parameters")
    for one in sliders(family, problem_of(Place(family, number)).config):
        assert "encountered an error" not in page.slide(one.label, RIGHT)


CHARTS = "return document.querySelectorAll('[data-testid=stVegaLiteChart]').length"


PLAY = "//label[.//p[text()='Play']]"
WINDOW = (
    "return Number([...document.querySelectorAll('[data-testid=stSliderThumbValue]')]"
    ".at(-1).innerText)"
)


def test_it_plays_and_episodes_are_compared(page: DemoPage) -> None:
    page.choose("Family", "slice")
    page.choose("Configuration", "0")
    page.choose("Method", "rule or oracle")
    page.choose("Name", "equal")
    page.choose("Beside it", "top_m")
    page.choose("Episode", "2")
    page.browser.click(PLAY)
    page.browser.wait(lambda: page.browser.run(WINDOW) >= 4, "the fourth window")
    page.browser.click(PLAY)
    page.ready("so far")
    page.tab("Episodes compared", "Play all")
    text = page.switch("Play all episodes to their end", "common test episodes")
    assert "encountered an error" not in text and fits(page)
    page.tab("Window by window", "so far")


def test_uploads_decide_or_are_refused_and_ones_own_class_decides(
    page: DemoPage, tmp_path: Path
) -> None:
    pickle = tmp_path / "policy.pt"
    pickle.write_bytes(b"\x80\x04.")
    page.choose("Method", "upload of weights", "Choose weights")
    page.upload(pickle, "must be a .safetensors file")
    page.choose("Method", "rule or oracle")
    page.choose("Method", "upload of weights", "Choose weights")
    page.upload(model_weights("det_set-mlb0"), "trained in the family 'mlb': must be slice")
    page.choose("Method", "rule or oracle")
    page.choose("Method", "upload of weights", "Choose weights")
    page.upload(model_weights("det_set-slice0"), "so far")
    page.choose("Method", "own FILE.py:CLASS", "Choose weights")
    own = f"{ROOT}/examples/rule_scheduler.py:ServeLargest"
    assert "encountered an error" not in page.write("FILE.py:CLASS", own, "so far")
