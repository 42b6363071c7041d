"""The rooms of the code and the arrows between them: ``./run_all.sh rooms``.

A room is a folder of modules, and each module that stands in the library's own folder; an arrow
leads from a room to another one that a module of it imports, wherever in the module. A program's
``__main__``, which nothing can import, has no arrows, and an import for the type checker is none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from difsched.errors import InputError
from difsched.utils.files import write_text
from difsched.utils.terminal import OneLineParser, aligned
from experiments.paths import ROOT
from experiments.phrases import counted
from experiments.provenance.imports import Sources, documentation

#: The folders at the top that hold rooms, from the library up.
TOPS = ("difsched", "baselines", "experiments", "paper", "benchmarks")
PAGE = ROOT / "docs" / "rooms.md"
#: What of the page the command writes.
BLOCK = re.compile(r"(?<=<!-- rooms: written by the command -->\n).*?(?=<!-- /rooms -->)", re.S)
Arrow = tuple[str, str]


@dataclass(frozen=True)
class Room:
    """A folder of modules.

    Attributes
    ----------
    name : str
        Path of the folder, or of the module that is a room of its own, relative to the
        repository's root.
    about : str
        The first line of its docstring.
    files : tuple of str
        Names of its modules.
    lines : int
        Of all its modules.
    """

    name: str
    about: str
    files: tuple[str, ...]
    lines: int


def rooms(root: Path = ROOT) -> list[Room]:
    """Return every room, those of the library first."""
    found: dict[str, list[Path]] = {}
    for path in _modules(root):
        found.setdefault(_room(root, path), []).append(path)
    return [
        Room(
            name,
            documentation(paths[0]).partition("\n")[0],
            tuple(path.name for path in paths if path.name != "__init__.py"),
            sum(len(path.read_bytes().splitlines()) for path in paths),
        )
        for name, paths in found.items()
    ]


def arrows(root: Path = ROOT) -> dict[Arrow, list[str]]:
    """Return arrow -> the imports that make it, such as ``"trace.py imports query.py"``."""
    sources = Sources(root)
    found: dict[Arrow, list[str]] = {}
    for path in _modules(root):
        if path.name == "__main__.py":
            continue
        for other in sorted(sources.behind(path)):
            start, end = _room(root, path), _room(root, other)
            if start != end:
                found.setdefault((start, end), []).append(f"{path.name} imports {other.name}")
    return found


def circles(pairs: Iterable[Arrow]) -> list[Arrow]:
    """Return the arrows that lie on a circle."""
    following = _following(pairs)
    return [(start, end) for start, end in sorted(set(pairs)) if start in _reached(end, following)]


def direct(pairs: Iterable[Arrow]) -> list[Arrow]:
    """Return the arrows that no longer way round replaces; there must be no circle."""
    following = _following(pairs)
    return [
        (start, end)
        for start, end in sorted(set(pairs))
        if not any(end in _reached(other, following) for other in following[start] - {end})
    ]


def main(argv: Sequence[str]) -> int:
    """Print the rooms and the arrows; return 1 if there is a circle."""
    parser = OneLineParser(
        prog="./run_all.sh rooms",
        description="Prints the rooms of the code, and which rooms each imports.",
        epilog="exit status: 0, or 1 where rooms import each other in a circle",
    )
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}, too")
    options = parser.parse_args(argv)
    every, between = rooms(), arrows()
    rows = [["room", "files", "lines", "arrows to"]]
    for room in every:
        ends = sorted(end for start, end in between if start == room.name)
        rows.append([room.name, f"{len(room.files)}", f"{room.lines}", f"{len(ends)}"])
    print(aligned(rows))
    lines = sum(room.lines for room in every)
    round_and_round = circles(between)
    print(
        f"\n{counted(len(every), 'room')}, {lines} lines, {counted(len(between), 'arrow')}, "
        f"{counted(len(round_and_round), 'arrow')} on circles"
    )
    for start, end in round_and_round:
        print(f"  {start} -> {end}: {'; '.join(between[start, end])}")
    if options.write:
        write_text(PAGE, page(PAGE.read_text(encoding="utf-8")))
    return 1 if round_and_round else 0


def page(text: str, root: Path = ROOT) -> str:
    """Return the text of the page with the rooms and arrows of now."""
    if not BLOCK.search(text):
        raise InputError(f"{PAGE}: the two marks of the block of rooms are missing")
    block = "\n".join(_block(rooms(root), direct(arrows(root)))) + "\n"
    return BLOCK.sub(lambda _: block, text)


def _block(every: Sequence[Room], pairs: Sequence[Arrow]) -> Iterator[str]:
    """Yield the lines of a diagram and a table; arrows that follow from others are left out."""
    names = {room.name: f"r{place}" for place, room in enumerate(every)}
    yield "```mermaid"
    yield "graph TD"
    yield from (f'  {key}["{name}"]' for name, key in names.items())
    yield from (f"  {names[start]} --> {names[end]}" for start, end in pairs)
    yield from ("```", "", "| room | what it is | modules |", "| --- | --- | --- |")
    for room in every:
        modules = ", ".join(f"`{name.removesuffix('.py')}`" for name in room.files) or "-"
        yield f"| `{room.name}` | {room.about.replace('``', '`')} | {modules} |"


def _modules(root: Path) -> list[Path]:
    """Return the modules of all rooms in order; the library's baselines stand at the top."""
    inside = root / "difsched" / "baselines"
    found = [path for top in TOPS for path in sorted((root / top).rglob("*.py"))]
    return [path for path in found if inside not in path.parents]


def _room(root: Path, path: Path) -> str:
    """Return the name of a module's room."""
    alone = path.parent == root / "difsched" and path.name != "__init__.py"
    return str((path if alone else path.parent).relative_to(root))


def _following(pairs: Iterable[Arrow]) -> dict[str, set[str]]:
    following: dict[str, set[str]] = {}
    for start, end in pairs:
        following.setdefault(start, set()).add(end)
    return following


def _reached(start: str, following: Mapping[str, set[str]]) -> set[str]:
    """Return the rooms that arrows lead to from a room, itself among them."""
    reached, left = {start}, [start]
    while left:
        new = following.get(left.pop(), set()) - reached
        reached |= new
        left.extend(new)
    return reached
