"""The demo as a visitor uses it: by the labels of its controls."""

import time
from pathlib import Path

from tests.demo.driver import Browser

RUNNING = "//*[@data-testid='stStatusWidget' or @data-testid='stSkeleton' or @data-stale='true']"


class DemoPage:
    """A demo in a browser.

    Parameters
    ----------
    browser : Browser
    address : str
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        browser.go(address)
        self.ready("so far")

    def ready(self, text: str) -> str:
        """Wait until nothing runs and a text is on the page; return all of the page's."""

        def there() -> bool:
            return text in self.browser.text() and not self.browser.all(RUNNING)

        until = 0
        while until < 2:  # twice: a change takes a moment to begin
            self.browser.wait(there, text)
            time.sleep(0.4)
            until = until + 1 if there() else 0
        return self.browser.text()

    def choose(self, label: str, option: str, then: str = "so far") -> str:
        box = f"//input[@role='combobox' and @aria-label='{label}']"
        self.browser.click(f"{box}/following-sibling::button")
        self.browser.click(f"//*[@role='option'][normalize-space()='{option}']")
        return self.ready(then)

    def press(self, label: str, then: str = "so far") -> str:
        self.browser.click(f"//button[normalize-space()='{label}']")
        return self.ready(then)

    def switch(self, label: str, then: str = "so far") -> str:
        self.browser.click(f"//label[.//p[text()='{label}']]")
        return self.ready(then)

    def open(self, label: str) -> None:
        self.browser.click(f"//summary[.//p[text()='{label}']]")

    def tab(self, label: str, then: str) -> str:
        self.browser.click(f"//*[@role='tab'][normalize-space()='{label}']")
        return self.ready(then)

    def slide(self, label: str, keys: str) -> str:
        """Move a slider by keys: right arrows, left arrows."""
        box = f"//*[@data-testid='stSlider'][.//p[text()='{label}']]"
        thumb = f"{box}//*[@role='slider' or @type='range']"
        self.browser.type(thumb, keys)
        return self.ready("so far")

    def write(self, label: str, text: str, then: str) -> str:
        self.browser.type(f"//input[@aria-label='{label}']", text + "\ue007")  # Enter
        return self.ready(then)

    def upload(self, path: Path, then: str) -> str:
        self.browser.type("//input[@type='file']", str(path))
        return self.ready(then)
