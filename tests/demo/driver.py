"""A real browser under control: chromedriver's own protocol (W3C WebDriver), a few calls of it."""

import base64
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

DRIVER = "chromedriver"
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--force-prefers-reduced-motion")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
#: Enough for a machine that is busy with other work.
SECONDS = 120


class Browser:
    """A page in headless Chromium.

    Parameters
    ----------
    address : str
        Of chromedriver.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        options = {"goog:chromeOptions": {"args": list(OPTIONS)}}
        self.session = ""
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": options}})
        self.session = f"/session/{made['sessionId']}"

    def close(self) -> None:
        self._call("DELETE", "")

    def go(self, address: str) -> None:
        self._call("POST", "/url", {"url": address})

    def resize(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call(
            "POST",
            "/goog/cdp/execute",
            {"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics},
        )

    def run(self, script: str, *arguments: Any) -> Any:
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def text(self) -> str:
        found: str = self.run("return document.body.innerText")
        return found

    def find(self, xpath: str) -> str:
        """Return an element, waited for."""
        self.wait(lambda: self.all(xpath), xpath)
        return self.all(xpath)[0]

    def all(self, xpath: str) -> list[str]:
        found = self._call("POST", "/elements", {"using": "xpath", "value": xpath})
        return [one[ELEMENT] for one in found]

    def click(self, xpath: str) -> None:
        def clicked() -> bool:
            try:
                self._call("POST", f"/element/{self.find(xpath)}/click", {})
            except OSError:  # drawn anew, or something slid over it
                return False
            return True

        self.wait(clicked, f"a click on {xpath}")

    def type(self, xpath: str, text: str) -> None:
        self._call("POST", f"/element/{self.find(xpath)}/value", {"text": text})

    def wait(self, condition: Callable[[], Any], what: str) -> None:
        until = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < until, f"waited for {what}; the page: {self.text()[:3000]}"
            time.sleep(0.2)

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.address}{self.session}{path}", data, method=method)
        with urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)["value"]


@contextmanager
def browser() -> Iterator[Browser]:
    """Yield a browser, ended with the block."""
    words = [DRIVER, "--port=0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = next(
                found[1]
                for line in process.stdout
                if (found := re.search(r"on port (\d+)", line)) and int(found[1])
            )
            page = Browser(f"http://127.0.0.1:{port}")
            try:
                yield page
            finally:
                page.close()
        finally:
            process.terminate()
