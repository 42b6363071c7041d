"""Refusals: one line that names the file, and no memory for what a file only claims."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from difsched.errors import InputError

#: Bytes that a refusal may take, whatever the file claims.
MEMORY = 8 << 20

Refuses = Callable[..., str]


@pytest.fixture
def refuses() -> Refuses:
    """Return a function that asserts that a reader refuses a file, and returns its line."""

    def check(read: Callable[[Path], Any], path: Path, *words: str, memory: int = MEMORY) -> str:
        tracemalloc.start()
        try:
            with pytest.raises(InputError) as caught:
                read(path)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        line = str(caught.value)
        assert line.isprintable() and len(line) <= 1200
        assert path.name in line
        for word in words:
            assert word in line, line
        assert peak < memory, f"{peak} bytes for: {line}"
        return line

    return check
