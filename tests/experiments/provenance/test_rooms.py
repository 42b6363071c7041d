"""Rooms and arrows: no circle, no arrow the wrong way, and a page that says what is."""

import itertools
import re
from pathlib import Path

import pytest

from difsched.errors import InputError
from experiments.paths import ROOT
from experiments.provenance.rooms import PAGE, arrows, circles, direct, main, page, rooms

#: Top -> the tops that it may import, itself aside.
ALLOWED = {
    "difsched": {"baselines"},
    "baselines": {"difsched"},
    "experiments": {"difsched", "baselines"},
    "paper": {"difsched", "baselines", "experiments"},
    "benchmarks": {"difsched", "baselines", "experiments"},
}
#: What of the library stands on its baselines: the command, and what it asks.
ABOVE = {"difsched/cli", "difsched/sanity", "difsched/user_scheduler"}
#: What of the suite the paper's render scripts read and write with.
READ = {
    *("experiments", "experiments/aggregate", "experiments/rendering"),
    *("experiments/studies", "experiments/profiles", "experiments/multimodality"),
    "experiments/tuning",
}
#: Which file takes what from the one before it, in the walk below the drawing.
STEP = re.compile(r"^\| `([\w/]+\.py)` \|.*\| (import|`[\w.*/{}-]+`)[^|]* \|$", re.M)


def top(room: str) -> str:
    return room.split("/")[0]


def test_no_room_imports_another_in_a_circle() -> None:
    assert circles(arrows()) == []


def test_no_arrow_runs_the_wrong_way() -> None:
    wrong = [
        (start, end)
        for start, end in arrows()
        if top(start) != top(end)
        and (
            top(end) not in ALLOWED[top(start)]
            or (top(start) == "difsched" and start not in ABOVE)
            or (top(start) == "paper" and top(end) == "experiments" and end not in READ)
        )
    ]
    assert wrong == []


def test_the_library_knows_nothing_of_the_command() -> None:
    on_it = {start for start, end in arrows() if end in ABOVE and start not in ABOVE}
    assert {room for room in on_it if top(room) == "difsched"} == set()


def test_every_room_says_what_it_is_and_is_no_larger_than_one_can_name() -> None:
    for room in rooms():
        assert room.about, room.name
        assert len(room.files) <= 22, room.name


def tree(root: Path, **modules: str) -> Path:
    for name, text in modules.items():
        path = root / "experiments" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(text)
    return root


def test_a_circle_is_found_and_only_what_lies_on_it(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        one__a="from experiments.two import b\n",
        two__b="def late():\n    import experiments.one.a\n",
        three__c="from experiments.one import a\nfrom experiments.two import b\n",
        four__d="if TYPE_CHECKING:\n    from experiments.three import c\n",
    )
    found = arrows(root)
    assert circles(found) == [
        ("experiments/one", "experiments/two"),
        ("experiments/two", "experiments/one"),
    ]
    assert found["experiments/three", "experiments/one"] == ["c.py imports a.py"]
    assert not any(start == "experiments/four" for start, _ in found)


def test_an_arrow_that_follows_from_others_is_left_out_of_the_drawing() -> None:
    assert direct([("a", "b"), ("b", "c"), ("a", "c")]) == [("a", "b"), ("b", "c")]


def test_the_page_is_what_the_command_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert page(PAGE.read_text(encoding="utf-8")) == PAGE.read_text(encoding="utf-8")
    assert main([]) == 0
    assert ", 0 arrows on circles" in capsys.readouterr().out


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(InputError, match="marks"):
        page("# Rooms\n")


def test_each_file_of_the_walk_takes_what_it_says_from_the_one_before() -> None:
    walk = PAGE.read_text(encoding="utf-8").partition("## A walk")[2]
    steps = STEP.findall(walk)
    names = [name for name, _ in steps]
    assert len(names) > 10 and len(set(names)) == len(names)
    for (before, _), (name, how) in itertools.pairwise(steps):
        text = (ROOT / name).read_text(encoding="utf-8")
        if how == "import":
            module = before.removesuffix(".py").replace("/", ".")
            package, _, last = module.rpartition(".")
            stated = (
                rf"from {re.escape(module)} import|from {re.escape(package)} import .*\b{last}\b"
            )
            assert re.search(stated, text), (before, name)
        else:
            word = how.strip("`").split("/")[-1].split(".")[0]
            assert word in text or word in (ROOT / before).read_text(encoding="utf-8"), name
