"""``show``: whole tables on any width, captions in words, and one line on what is not there."""

import io
from contextlib import nullcontext
from pathlib import Path

import pytest
from rich.console import Console

from difsched.errors import InputError
from difsched.utils.files import write_json
from experiments.cli import show
from experiments.products import PRODUCTS
from experiments.rendering import tex
from experiments.runs import locations
from experiments.runs.locations import Place

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


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return a smoke run, from whose numbers a table of two parts and a figure are drawn."""
    write_json(tmp_path / "work" / "spec.json", {"traces": None})
    place = Place(tmp_path / "work", tmp_path / "csv", "smoke")
    monkeypatch.setattr(locations, "find", lambda *_: place)
    monkeypatch.setattr(show, "drawn", lambda *_: nullcontext(tmp_path))
    monkeypatch.setattr(tex, "TABLES", tmp_path / "tables")
    monkeypatch.setattr(tex, "FIGURES", tmp_path / "figures")
    wide = ["wide", *["123456.7"] * 30]
    score = tex.Table("table2-score", "Long. " * 60, "l" + "r" * 30, wide, [wide])
    tex.write_tables("table2", [TABLE, score])
    tex.write_figure("fig4", r"Curves at $N=8$.", wide=True)
    (tmp_path / "figures" / "fig4.png").write_bytes(b"its dots")
    monkeypatch.setattr(tex, "FIGURES", tmp_path / "paper")
    return place


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


def test_what_is_piped_is_neither_cut_nor_wrapped(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show.main(["table2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    about = PRODUCTS["table2"].about
    assert lines[0] == f"Table 2 (smoke profile: shows that it works, no result): {about}"
    assert "Loss in %, ±: half width." in lines
    assert "Table 2, score (smoke profile: shows that it works, no result)" in lines
    assert "wide" + "  123456.7" * 30 in lines
    assert ("Long. " * 60).strip() in [line.strip() for line in lines]
    assert not any("\x1b" in line for line in lines)


def test_a_wide_table_is_cut_into_blocks_that_fit_and_keep_every_cell() -> None:
    groups = [("", 1), ("left", 3), ("right", 4)]
    header, row = (["", *(f"{word} {n}" for n in range(7))] for word in ("column", "value"))
    table = tex.Table("t", "", "l" + "r" * 7, header, [["Rules"], ["a", *row[1:]], []], groups)
    parts = show.blocks(table, 40)
    assert len(parts) == 3
    for part in parts:
        lines = [line.plain for line in show.draw(part)]
        assert max(map(len, lines)) <= 40
        assert "Rules" in lines and any(line.startswith("a ") for line in lines)
        assert sum(count for _, count in part.groups) == len(part.header)
    cells = [cell for part in parts for cell in part.body[1][1:]]
    assert cells == row[1:]
    assert show.blocks(table, 400) == [table]


def test_csv_has_the_cells_without_markup(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert show.main(["table2", "--csv"]) == 0
    first, score = capsys.readouterr().out.split("\n\n")
    assert first.splitlines() == [
        "section,Config,A long heading of two 0,A long heading of two 1,2",
        "Rules,Equal,32.1,50.0,n/a",
        "Ours,DQL-Set,24.9 ±0.6,\N{EN DASH},-1.5",
    ]
    assert score.count(",") == 2 * 31


def test_a_figure_is_told_by_its_caption_and_the_files_that_are_this_very_one(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    def shown() -> list[str]:
        assert show.main(["fig4"]) == 0
        return capsys.readouterr().out.splitlines()

    lines = shown()
    about = PRODUCTS["fig4"].about
    assert lines[0] == f"Figure 4 (smoke profile: shows that it works, no result): {about}"
    assert "Curves at N = 8." in lines
    assert "./run_all.sh fig4 --profile smoke draws it" in lines
    file = tex.FIGURES / "fig4.png"
    file.parent.mkdir()
    file.write_bytes(b"its dots")
    assert str(file) in shown()
    file.write_bytes(b"another run's")
    assert str(file) not in shown()


@pytest.mark.parametrize("argv", [[], ["table99"], ["table2", "fig4"], ["../table2"], ["report"]])
def test_an_unknown_name_is_answered_by_what_there_is(argv: list[str]) -> None:
    with pytest.raises(InputError, match=r"must be one of table1, .*, fig10") as caught:
        show.main(argv)
    assert "\n" not in str(caught.value)


def test_where_to_look_is_said_by_options(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(locations, "WORK", tmp_path)
    for argv in (["--reference", "table2"], ["table2"]):
        assert show.main(argv) == 0
        assert capsys.readouterr().out.startswith("Table 2 (committed reference): ")
    for argv, words in (
        (["table2", "--profile", "smoke"], "must be one that was run: none was"),
        (["table2", "--profile", "smoke", "--reference"], "must be left out"),
        (["fig4", "--csv"], "--csv"),
    ):
        with pytest.raises(InputError, match=words):
            show.main(argv)
