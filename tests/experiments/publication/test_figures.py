"""``figures``: products by name, from the committed logs alone."""

import time
from pathlib import Path

import pytest

from difsched.errors import InputError
from experiments.paths import LOGS, REFERENCE
from experiments.publication import figures


def test_those_that_are_named_are_drawn_alone_and_in_the_paper_s_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(figures, "draw", lambda name, *_: drawn.append(name))
    monkeypatch.setattr(figures, "aggregate", dict)
    assert figures.main(["fig4", "table2", "fig4"]) == 0
    assert drawn == ["table2", "fig4"]
    assert "table6" not in capsys.readouterr().out


def test_a_table_is_drawn_elsewhere_in_seconds_and_is_the_committed_one(tmp_path: Path) -> None:
    started = time.monotonic()
    figures.draw("table2", REFERENCE / "aggregates", LOGS, tmp_path)
    assert time.monotonic() - started < 20
    committed = (REFERENCE / "tables" / "table2.tex").read_bytes()
    assert (tmp_path / "tables" / "table2.tex").read_bytes() == committed


@pytest.mark.parametrize("name", ["fig99", "all", "list", "../table1", ""])
def test_a_wrong_name_is_refused_before_anything_is_drawn(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "aggregate", lambda: pytest.fail("it went on"))
    with pytest.raises(InputError, match=r"must be one of table1, table2, .*numbers, report"):
        figures.main(["fig4", name])


def test_a_script_that_fails_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"table2: .*main.csv") as error:
        figures.draw("table2", tmp_path, tmp_path, tmp_path)
    assert "\n" not in str(error.value)
