"""Waiting for what other processes do."""

import time
from collections.abc import Callable


def wait_for(holds: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait until a condition holds, and fail if it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
