"""The API documentation: whole, readable and without a network."""

import inspect
import re
from html import unescape
from importlib import import_module
from pathlib import Path

import pytest

from experiments.cli import docs
from experiments.paths import ROOT


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the pages, made where an older page lay."""
    folder = tmp_path_factory.mktemp("artifacts") / "docs"
    folder.mkdir()
    (folder / "gone.html").write_text("a module that is gone")
    assert docs.build(folder) == folder / "index.html"
    return folder


def page(pages: Path, module: str) -> str:
    return (pages / f"{module.replace('.', '/')}.html").read_text(encoding="utf-8")


def words(html: str) -> str:
    """Return what a reader sees, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def public(module: str) -> list[str]:
    """Return the functions and classes that a module lists, or else defines."""
    content = vars(import_module(module))
    if "__all__" in content:
        return [name for name in content["__all__"] if callable(content[name])]
    return [
        name
        for name, value in content.items()
        if (inspect.isfunction(value) or inspect.isclass(value))
        and (value.__module__, value.__name__) == (module, name)
        and not name.startswith("_")
    ]


def test_every_module_has_a_page_that_the_first_page_links(pages: Path) -> None:
    first = (pages / "index.html").read_text(encoding="utf-8")
    names = docs.modules()
    assert {
        "difsched.training.offline",
        "difsched.baselines.slice.oracle",
        "difsched.baselines.slice.mdp",
    } <= set(names)
    assert [name for name in names if f'href="{name.replace(".", "/")}.html"' not in first] == []
    assert [name for name in names if not page(pages, name)] == []


def test_every_public_function_and_class_is_on_its_modules_page(pages: Path) -> None:
    found = {name: public(name) for name in docs.modules()}
    assert "offline_training" in found["difsched.training.offline"]
    assert sum(map(len, found.values())) > 200
    missing = [
        f"{module}.{name}"
        for module, names in found.items()
        for name in names
        if f'id="{name}"' not in page(pages, module)
    ]
    assert missing == []


def test_no_page_loads_anything_from_elsewhere(pages: Path) -> None:
    files = [path for path in pages.rglob("*") if path.is_file()]
    assert len(files) > 60
    loads = re.compile(
        r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=[\"']?(?:https?:)?//"
        r"|url\([\"']?(?:https?:)?//|@import|\bfrom [\"']https?:|mathjax",
        re.IGNORECASE,
    )
    assert loads.search('<script async src="https://cdn.example/tex.js">')
    assert [path.name for path in files if loads.search(path.read_text(encoding="utf-8"))] == []


def test_equations_are_plain_text(pages: Path) -> None:
    shown = words(page(pages, "difsched.baselines.slice.markov.value_iteration"))
    assert "Solve V(s) = max_a reward(s, a) + discount E[V(s') | s]." in shown
    assert "p_i(r_i) = 1 / (1 + exp(-k_i (r_i - s_i)))." in words(
        page(pages, "difsched.baselines.slice.oracle")
    )


def test_tables_are_drawn_with_rows_that_go_on(pages: Path) -> None:
    html = page(pages, "difsched.env.slice.environment")
    cells = [words(cell) for cell in re.findall(r"<td>(.*?)</td>", html, re.DOTALL)]
    assert (
        cells[cells.index("reward") + 1] == "minus the packet-loss ratio of the window, in [-1, 0]"
    )
    assert "packets that wait by age" in cells[cells.index("observation") + 1]


def test_types_are_written_as_in_the_source(pages: Path) -> None:
    shown = words(page(pages, "difsched.baselines.slice.oracle"))
    assert "def maximize_sigmoids( demand: ArrayLike, slope: ArrayLike" in shown
    assert "numpy.ndarray[" not in shown


def test_pages_name_no_folder_of_the_machine_and_none_is_left_from_before(pages: Path) -> None:
    assert not (pages / "gone.html").exists()
    assert [
        path.name
        for path in pages.rglob("*.html")
        if f"{ROOT}/" in unescape(path.read_text(encoding="utf-8"))
    ] == []
