"""``show``: whole tables on any width, captions in words, and one line on what is not there."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from difsched.errors import InputError
from experiments import show
from experiments.targets import PRODUCTS
from paper import tex

TABLE = tex.Table(
    "table2",
    r"Loss in \%, $\pm$: half width.",
    "lrrr",
    ["Config", "0", "1", "2"],
    [
        ["Rules"],
        ["Equal", "32.1", "50.0", "n/a"],
        [],
        ["Ours"],
        ["DQL-Set", r"\textbf{24.9}\,{\scriptsize$\pm$0.6}", "--", "$-1.5$"],
    ],
    [("", 1), ("A long heading of two", 2), ("", 1)],
)


@pytest.fixture(autouse=True)
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a table of two parts and a figure, and nothing else."""
    monkeypatch.setattr(tex, "TABLES", tmp_path)
    monkeypatch.setattr(tex, "FIGURES", tmp_path)
    wide = ["wide", *["123456.7"] * 30]
    score = tex.Table("table2-score", "Long. " * 60, "l" + "r" * 30, wide, [wide])
    tex.write_tables("table2", [TABLE, score])
    tex.write_figure("fig4", r"Curves at $N=8$.", wide=True)


def test_a_table_keeps_its_columns_sections_and_groups() -> None:
    assert [line.plain for line in show.draw(TABLE)] == [
        "         A long heading of two      ",
        "Config              0        1     2",
        "─" * 36,
        "Rules",
        "Equal            32.1     50.0   n/a",
        "─" * 36,
        "Ours",
        "DQL-Set     24.9 ±0.6        –  −1.5",  # noqa: RUF001
    ]


def test_a_title_with_room_stands_in_a_rule_over_its_columns() -> None:
    table = tex.Table("t", "", "rrr", ["1", "1234567", "1234567"], [], [("", 1), ("ab", 2)])
    assert show.draw(table)[0].plain == "   ────── ab ──────"


def test_bold_is_kept_in_a_terminal() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(show.draw(TABLE)[-1])
    assert isinstance(console.file, io.StringIO)
    assert "\x1b[1m24.9\x1b[0m" in console.file.getvalue()


def test_what_is_piped_is_neither_cut_nor_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    assert show.main(["table2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Table 2: {PRODUCTS['table2'].about}"
    assert "Loss in %, ±: half width." in lines
    assert "Table 2, score" in lines
    assert "wide" + "  123456.7" * 30 in lines
    assert ("Long. " * 60).strip() in [line.strip() for line in lines]
    assert not any("\x1b" in line for line in lines)


def test_a_figure_is_told_by_its_caption_and_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert show.main(["fig4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Figure 4: {PRODUCTS['fig4'].about}"
    assert "Curves at N = 8." in lines
    assert set(PRODUCTS["fig4"].files) <= set(lines)


@pytest.mark.parametrize("argv", [[], ["table99"], ["table2", "fig4"], ["../table2"], ["report"]])
def test_an_unknown_name_is_answered_by_what_there_is(argv: list[str]) -> None:
    with pytest.raises(InputError, match=r"must be one of table1, .*, fig10$") as caught:
        show.main(argv)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["table1", "fig1"])
def test_what_is_not_made_is_answered_by_the_command_that_makes_it(name: str) -> None:
    with pytest.raises(
        InputError, match=rf"{name}\.json is missing: \./run_all\.sh {name} makes it"
    ):
        show.main([name])
