"""Damaged and hostile inputs: how they are made, and what a reader makes of them.

A case is a folder of files of which one was damaged: bytes at random, or a value inside a file
whose checksums were then made to hold again. A reader either works or refuses it by an
`InputError` of one line; anything else would reach a user as a traceback.
"""

import math
import resource
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from difsched.errors import InputError
from difsched.utils.seeding import integer_seed

Files = dict[str, bytes]

ROOT_SEED = 999
#: Longest line of a refusal, characters.
LONGEST = 1200
#: A reader that takes longer hangs; one that takes more memory than this has not looked first.
SECONDS, MEMORY = 10.0, 2 << 30
#: Values that readers trip over.
HOSTILE: tuple[Any, ...] = (
    *(None, True, 0, -1, 0.5, 2**31, 2**63, 10**9, 10**30, 10**400, -(10**400)),
    *(1e308, 1e-320, -0.0, math.nan, math.inf, -math.inf, "", " ", "nan", "1e999", "0x10", "٣"),
    *("../../../etc/passwd", "/dev/zero", "a\nb", "\x00", "\x1b[2J", "\ud800", "x" * 5000),
    *([], {}, [[]], {"": None}, [None], "2001-99-99", "!!python/object:os.system"),
)
#: Bytes that parsers trip over.
TOKENS = tuple(
    token.encode()
    for token in (
        *("\x00", "\n", "\r", "\t", " ", '"', "'", "\\", ",", ":", "-", "#", "\x1b", "\ufeff", "é"),
        *("{", "}", "[", "]", "[" * 2000, '{"a":' * 2000, "NaN", "Infinity", "1e999", "9" * 5000),
        *("&a ", "*a", "<<: *a", "? ", "!!int ''", "!!bool x", "!!timestamp x", "2001-99-99"),
        *("!!python/object/apply:os.system [id]", "!!binary x", "!!set {a}", "0x" + "f" * 5000),
        *(":1" * 400 + ".5", "0b_", "../../", "/dev/zero", "--", "--jobs", "--help", "%s{0}"),
    )
)


class Hang(BaseException):
    """A reader took too long; no handler of exceptions may swallow this."""


@dataclass(frozen=True)
class Surface:
    """Something of a stranger's that is read.

    Attributes
    ----------
    name : str
        What it is; surfaces of one name are counted together.
    files : dict
        Path in the folder -> bytes of a good file.
    read : callable
        Reads the folder; raises InputError if it refuses.
    distort : callable
        Returns the files with a value changed and all checksums in order.
    """

    name: str
    files: Files
    read: Callable[[Path], Any]
    distort: Callable[[Random], Files]


@dataclass
class Tally:
    """What became of the cases of a surface.

    Attributes
    ----------
    outcomes : Counter
        Cases by ``worked``, ``refused`` and ``traceback``.
    faults : list of str
        The tracebacks, one line each.
    slowest : float
        Seconds of the slowest case.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def add(self, outcome: str, text: str, seconds: float) -> None:
        """Count a case."""
        self.outcomes[outcome] += 1
        self.slowest = max(self.slowest, seconds)
        if outcome == "traceback":
            self.faults.append(text)


def fuzz(surface: Surface, cases: int, tally: Tally) -> None:
    """Try so many cases of each kind; the same on every machine."""
    with scratch() as folder:
        for kind in ("bytes", "values"):
            names = (surface.name, *sorted(surface.files), kind)
            random = Random(integer_seed(ROOT_SEED, "fuzz", *names))
            for _ in range(cases):
                tally.add(*attempt(surface, make_case(surface, kind, random), folder))


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for the block, in memory where the system has one: no disk is waited for."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


def make_case(surface: Surface, kind: str, random: Random) -> Files:
    """Return the files of a case: ``bytes`` or ``values`` of one of them are damaged."""
    if kind == "values":
        return surface.distort(random)
    name = random.choice(sorted(surface.files))
    return {**surface.files, name: distort_bytes(surface.files[name], random)}


def attempt(surface: Surface, files: Files, folder: str) -> tuple[str, str, float]:
    """Return what became of a case in a folder, in which words, and the seconds it took."""
    for path, content in files.items():
        file = Path(folder, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    started = time.process_time()
    outcome, text = _outcome(surface.read, Path(folder))
    return outcome, text, time.process_time() - started


def _outcome(read: Callable[[Path], Any], folder: Path) -> tuple[str, str]:
    try:
        with limited():
            read(folder)
    except InputError as error:
        text = str(error)
        proper = text.isprintable() and len(text) <= LONGEST and "allocate" not in text
        return ("refused" if proper else "traceback"), text
    except (Exception, Hang) as error:
        return "traceback", f"{type(error).__name__}: {' '.join(str(error).split())}"
    return "worked", ""


@contextmanager
def limited() -> Iterator[None]:
    """Give the block the seconds and the memory that a reader may take."""

    def hang(number: int, frame: FrameType | None) -> None:
        raise Hang(f"no answer after {SECONDS:.0f} s")

    before = signal.signal(signal.SIGPROF, hang)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def encode(text: str) -> bytes:
    """Return a text as UTF-8; what is none, halves of characters, goes in as it is."""
    return text.encode(errors="surrogatepass")


def distort_bytes(content: bytes, random: Random) -> bytes:
    """Return content with one to four damages: flips, cuts, repeats, tokens, other encodings."""
    data = bytearray(content)
    for _ in range(random.randint(1, 4)):
        start = random.randint(0, len(data))
        end = min(len(data), start + random.choice((1, 2, 4, 8, 64, 1024)))
        kind = random.randrange(8)
        if kind == 0 and data:
            data[min(start, len(data) - 1)] ^= 1 << random.randrange(8)
        elif kind == 1:
            data[start:end] = random.randbytes(end - start)
        elif kind == 2:
            del data[start:end]
        elif kind == 3:
            data[start:start] = data[start:end] * random.choice((1, 2, 50))
        elif kind == 4:
            data[start:end] = random.choice((b"\x00", b"\xff", b"\x7f", b"9")) * (end - start)
        elif kind == 5:
            del data[start:]
        elif kind == 6 and random.random() < 0.1:
            data = bytearray(data.decode("latin-1").encode(random.choice(("utf-16", "utf-8-sig"))))
        else:
            data[start:start] = random.choice(TOKENS)
    return bytes(data)


def distort_value(value: Any, random: Random) -> Any:
    """Return plain nested values with one of them replaced, removed, added or nested."""
    if isinstance(value, dict | list) and value and random.random() < 0.8:
        copy = value.copy()
        keys = sorted(value, key=repr) if isinstance(value, dict) else range(len(value))
        key, act = random.choice(keys), random.random()
        if act < 0.1:
            del copy[key]
        elif act < 0.2 and isinstance(copy, dict):
            copy[random.choice(("", "x\ny", f"{key}_"))] = copy[key]
        else:
            copy[key] = distort_value(value[key], random)
        return copy
    if random.random() < 0.1:
        return [value] * random.choice((1, 2, 100))
    return random.choice(HOSTILE)
