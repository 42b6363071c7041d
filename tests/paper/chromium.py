"""Pages in a real browser: what they show, and what their scripts find."""

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

BROWSER = "chromium"
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr")
HEIGHT = 800
#: Enough for a machine that is busy with other work.
SECONDS = 180
# The page sits in frames: a headless window has a least width, a frame has none. Frames are loaded
# before their owner is, and the browser prints the owner when that is loaded: no time to be waited.
FRAME = """<iframe srcdoc="{page}" width="{width}" height="{height}" style="border: 0"></iframe>"""
PROBE = """<script>addEventListener("load", () => {{
  const found = (() => {{ {script} }})();
  const shown = parent.document.createElement("pre");
  shown.textContent = JSON.stringify(found);
  frameElement.before(shown);
}});</script></body>"""
FOUND = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)
CONSOLE = re.compile(r":CONSOLE(?::\d+|\(\d+\))\] (.*)")


@dataclass(frozen=True)
class Visit:
    """A page once loaded: what a script returned at each width, and what the console said."""

    found: list[Any]
    console: list[str]


def visit(page: str, script: str, widths: Sequence[int], folder: Path, *options: str) -> Visit:
    """Load a page in Chromium and run a script in it when it is loaded.

    Parameters
    ----------
    page : str
        HTML with a ``</body>``.
    script : str
        Body of a function; what it returns must be fit for JSON.
    widths : sequence of int
        Of the page, CSS pixels; it is loaded once for each.
    folder : Path
        For the files that this takes.
    *options : str
        Of the browser, besides those that all visits have.
    """
    head, _, tail = page.rpartition("</body>")
    framed = escape(head + PROBE.format(script=script) + tail)
    frames = [FRAME.format(page=framed, width=width, height=HEIGHT) for width in widths]
    owner = folder / "owner.html"
    owner.write_text("\n".join(["<!DOCTYPE html>", *frames]), encoding="utf-8")
    words = [BROWSER, *OPTIONS, *options, f"--user-data-dir={folder / 'profile'}"]
    words += [f"--window-size={max(widths)},{HEIGHT}", "--dump-dom", owner.as_uri()]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=SECONDS)
    texts = FOUND.findall(done.stdout)
    assert len(texts) == len(widths), f"the page said nothing: {done.stderr}"
    return Visit([json.loads(unescape(text)) for text in texts], CONSOLE.findall(done.stderr))
