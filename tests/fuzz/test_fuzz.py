"""Whatever is read, and however it is damaged: it works, or one line says what is wrong."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import fuzz as bench_fuzz
from difsched.errors import InputError
from difsched.utils.files import read_json, write_json
from difsched.utils.plain import check_plain
from experiments.cli.arguments import parse
from tests.fuzz.engine import Surface, Tally, attempt, fuzz, make_case, scratch

SURFACES = bench_fuzz.surfaces()
LABELS = [f"{surface.name}, {sorted(surface.files)[0]}" for surface in SURFACES]
each_surface = pytest.mark.parametrize("surface", SURFACES, ids=LABELS)
#: Cases of each kind and surface; a dozen surfaces are YAML.
CASES = {surface.name: 10 if "YAML" in surface.name else 60 for surface in SURFACES}


@each_surface
def test_good_files_are_read(surface: Surface) -> None:
    with scratch() as folder:
        assert attempt(surface, surface.files, folder)[:2] == ("worked", "")


@each_surface
def test_damaged_files_are_read_or_refused_in_one_line(surface: Surface) -> None:
    tally = Tally()
    fuzz(surface, CASES[surface.name], tally)
    assert tally.faults == []
    assert tally.outcomes["refused"] > CASES[surface.name] / 4


@each_surface
@settings(max_examples=10)
@given(random=st.randoms(use_true_random=False), kind=st.sampled_from(["bytes", "values"]))
def test_hypothesis_finds_nothing_else(surface: Surface, random: Random, kind: str) -> None:
    with scratch() as folder:
        outcome, text, _ = attempt(surface, make_case(surface, kind, random), folder)
    assert outcome != "traceback", text


@pytest.mark.parametrize("surface", [s for s in SURFACES if "npz" in s.name], ids=lambda s: s.name)
def test_cases_are_the_same_each_time(surface: Surface) -> None:
    first, again = (make_case(surface, "bytes", Random(5)) for _ in range(2))
    assert first == again != surface.files


def broken(error: BaseException) -> Surface:
    def read(folder: Path) -> None:
        raise error

    return Surface("broken", {"x": b"y"}, read, lambda random: {"x": b"z"})


@pytest.mark.parametrize("error", [KeyError("x"), InputError("y" * 5000), MemoryError()])
def test_anything_but_a_line_is_a_traceback(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_fuzz, "surfaces", lambda: [broken(error)])
    refused = isinstance(error, InputError)
    assert bench_fuzz.main(["--cases", "10"]) == (0 if refused else 1)
    [_, row, *_] = capsys.readouterr().out.splitlines()
    assert row.split()[:5] == ["broken", "10", "0", *(("10", "0") if refused else ("0", "10"))]


def test_what_takes_too_long_is_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(folder: Path) -> None:
        while True:
            pass

    monkeypatch.setattr("tests.fuzz.engine.SECONDS", 0.05)
    with scratch() as folder:
        surface = Surface("slow", {"x": b""}, hang, lambda random: {})
        assert attempt(surface, surface.files, folder)[0] == "traceback"


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(PLAIN)
def test_plain_values_survive_their_file_or_are_refused(value: Any) -> None:
    with scratch() as folder:
        path = Path(folder) / "x.json"
        try:
            check_plain(value)
        except ValueError:
            return
        write_json(path, value)
        assert read_json(path) == value


@given(st.lists(st.text(st.characters(exclude_characters="\0"), max_size=20), max_size=6))
def test_any_arguments_are_taken_or_refused_in_one_line(words: list[str]) -> None:
    try:
        parse(words)
    except InputError as error:
        assert str(error).isprintable()
    except SystemExit as end:
        assert end.code == 0
