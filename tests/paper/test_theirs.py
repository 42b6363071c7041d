"""Results of others: checked at the door, shown behind ours and marked as theirs."""

import json
from pathlib import Path
from typing import Any

import pytest

from difsched.errors import InputError
from difsched.utils.files import read_json
from experiments.rendering import outside
from experiments.rendering.outside import Outside
from tests.paper.conftest import Render

ENTRY = {
    "method": "Their rule",
    "by": "A. Author, Some University",
    "family": "slice",
    "windows": 2000,
    "results": [{"config": 0, "loss": 0.32, "half_width": 0.016, "seeds": 5}],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "results"
    place.mkdir()
    monkeypatch.setattr(outside, "FOLDER", place)
    monkeypatch.setattr("paper.shared.theirs.FOLDER", place)
    return place


def write(folder: Path, name: str = "theirs", **changes: Any) -> None:
    (folder / f"{name}.json").write_text(json.dumps({**ENTRY, **changes}))


def test_they_stand_behind_ours_under_a_heading_of_their_own(render: Render, folder: Path) -> None:
    without = read_tables(render("table2"))
    write(folder)
    loss, score = read_tables(render("table2"))
    heading, row = loss[-2:]
    assert heading == ["Reported by others, not run here"]
    assert row == [
        "Their rule (A. Author, Some University)",
        r"32.00\,{\scriptsize$\pm$1.60}",
        "--",
    ]
    # About 0.40 is the equal split's, 0.24 that of the oracle on the forecast, which they see.
    assert score[-1][1:] == [r"50.1\,{\scriptsize$\pm$10.0}", "--"]
    assert [loss[:-3], score[:-3]] == without


def read_tables(files: dict[str, bytes]) -> list[list[list[str]]]:
    return [table["body"] for table in json.loads(files["table2.json"])]


@pytest.mark.parametrize(
    "changes",
    [{"windows": 200}, {"family": "alloc"}, {"results": [{"config": 5, "loss": 0.3}]}],
)
def test_what_is_not_of_this_table_is_not_shown(
    render: Render, folder: Path, changes: dict[str, Any]
) -> None:
    write(folder, **changes)
    assert b"Reported by others" not in render("table2")["table2.json"]


def test_less_than_the_oracle_that_knows_the_truth_is_refused(render: Render, folder: Path) -> None:
    write(folder, results=[{"config": 0, "loss": 0.1}])
    said = r"results/theirs.json: results.loss = 0.1 on config 0: must be >= 0\.2\d*: none can"
    with pytest.raises(InputError, match=said):
        render("table2")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"results": [{"config": 3, "loss": 9.3}]}, "results.loss = 9.3: must be a number >= 0"),
        ({"results": [{"config": 3, "loss": "9"}]}, "results.loss = '9': must be a number"),
        ({"results": [{"config": 3}]}, "results.loss is missing"),
        ({"results": [{"config": 99, "loss": 0.3}]}, "results.config = 99: must be one of 0, 1"),
        ({"results": ENTRY["results"] * 2}, "results.config = 0: is there twice"),  # type: ignore[operator]
        ({"results": []}, "results = .*: must be a list of at least one"),
        ({"family": "slices"}, "family = 'slices': must be one of .*did you mean slice"),
        ({"by": ""}, "by = '': must be 1..40 printable"),
        ({"method": "a\nb"}, "method = .*: must be 1..40 printable"),
        ({"windows": 0}, "windows = 0: must be a whole number"),
        ({"colour": 1}, "colour is not a field"),
    ],
)
def test_a_bad_file_is_refused_in_a_line(folder: Path, changes: dict[str, Any], said: str) -> None:
    write(folder, **changes)
    with pytest.raises(InputError, match=f"^results/theirs.json: {said}"):
        outside.outside()


def test_no_json_and_a_method_that_is_there_twice_are_refused(folder: Path) -> None:
    write(folder)
    write(folder, "again")
    with pytest.raises(InputError, match=r"results/theirs.json: method = .*again.json has one of"):
        outside.outside()
    (folder / "again.json").write_text("[1")
    with pytest.raises(InputError, match=r"again\.json cannot be read as JSON"):
        outside.outside()


def test_what_is_written_is_what_is_read(folder: Path) -> None:
    write(folder)
    one = outside.outside("slice")["theirs.json"]
    assert Outside.from_dict(one.to_dict()) == one
    assert read_json(folder / "theirs.json")["by"] == one.by
