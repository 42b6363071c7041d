"""Command lines: whatever the words are, the commands take them or refuse them in one line."""

from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from difsched.cli import main as console
from difsched.errors import InputError
from experiments.cli.arguments import parse
from experiments.products import PRODUCTS
from tests.fuzz.engine import HOSTILE, Files, Surface, encode

SUITE = (
    *(*PRODUCTS, "all", "list", "test", "bench", "oracle", "--profile", "smoke", "--jobs", "2"),
    *("--traces", ".", "--dry-run", "--help", "--profile=full", "--", "-j", ""),
)
#: Of ``difsched``, what is quick.
PARTS = (
    *("oracle", "80", "60.5", "--budget", "30", "--k", "0.3,0.2", "--s", "10", "--solver", "dual"),
    *("traffic", "log=nothing.txt", "--out", "/dev/null/x", "--window", "200", "--train-share"),
    *("show", "trace", "table2", "completion", "bash", "--config", "9", "--json", "-1", "--help"),
    *("collect", "bc", "--data", "nothing.npz", "--out", ".", "--steps", "1", "--windows", "nan"),
    *("train", "evaluate", "--weights", "nothing", "--windows", "--", "nan", "1e999", "1000000000"),
)


def commands() -> list[Surface]:
    """Return both commands."""
    return [
        _surface("run_all.sh arguments", ["table2", "--profile", "smoke"], SUITE, _parse),
        _surface(
            "difsched arguments", ["oracle", "80", "60", "--budget", "30"], PARTS, _run_difsched
        ),
    ]


def _parse(words: list[str]) -> None:
    parse(words)


def _run_difsched(words: list[str]) -> None:
    """Run the command; raise what it says if it ends with status 2."""
    said = StringIO()
    with redirect_stderr(said):
        status = console.main(words)
    if status == 2:
        line = said.getvalue()
        assert line.endswith("\n")
        raise InputError(line[:-1])
    assert status == 0


def _surface(
    name: str, good: Sequence[str], words: Sequence[str], run: Callable[[list[str]], None]
) -> Surface:
    def read(folder: Path) -> None:
        text = (folder / "argv").read_bytes().decode(errors="surrogateescape")
        with redirect_stdout(StringIO()):
            try:
                run(text.split("\0")[:-1])
            except SystemExit as end:
                assert end.code == 0

    def distort(random: Random) -> Files:
        chosen: list[Any] = [*good] if random.random() < 0.3 else []
        chosen += random.choices(words, k=random.randint(0, 5))
        if random.random() < 0.5:
            chosen.insert(random.randint(0, len(chosen)), str(random.choice(HOSTILE))[:6000])
        return {"argv": _join(chosen)}

    return Surface(name, {"argv": _join(good)}, read, distort)


def _join(words: Sequence[str]) -> bytes:
    return encode("".join(f"{word}\0" for word in words))
