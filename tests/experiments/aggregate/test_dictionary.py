"""The data dictionary: every column of every CSV file is explained, and no other is."""

import csv
import re
from collections.abc import Iterator

import pytest

from experiments.aggregate.columns import COLUMNS, columns_of
from experiments.paths import REFERENCE, ROOT
from experiments.products import family_of_table

DICTIONARY = (ROOT / "artifacts" / "README.md").read_text(encoding="utf-8")
FILES = sorted((REFERENCE / "aggregates").glob("*.csv"))
#: Those that are not a further family's.
OWN = [path for path in FILES if family_of_table(path.stem) == "slice"]
#: Marks of TeX in a text.
TEX = re.compile(r"[\\${}]")


def sections() -> Iterator[tuple[set[str], set[str]]]:
    """Yield the files of each section of the dictionary, and the columns that it explains."""
    for section in DICTIONARY.split("\n## ")[1:]:
        heading, _, body = section.partition("\n")
        if "aggregates/" in heading or ".csv`" in heading:
            cells = re.findall(r"^\| (`[^|]*)\|", body, re.M)
            yield (
                set(re.findall(r"(\w+)(?:\.csv)?`", heading)),
                {name for cell in cells for name in re.findall(r"`(\w+)`", cell)},
            )


def test_every_file_is_in_the_dictionary_and_every_file_of_it_is_there() -> None:
    named = [name for files, _ in sections() for name in files]
    assert sorted(named) == sorted(set(named)) == sorted(COLUMNS)
    assert sorted(path.stem for path in OWN) == sorted(COLUMNS)


def test_every_column_is_explained_and_every_column_explained_is_there() -> None:
    for files, explained in sections():
        there = {column for name in files for column in COLUMNS[name]}
        assert explained == there, files


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_committed_files_have_these_columns_in_this_order_and_no_tex(path: object) -> None:
    with open(str(path), encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    name = str(path).rsplit("/", 1)[-1].removesuffix(".csv")
    assert tuple(header) == columns_of(name)
    assert [cell for row in rows for cell in row if TEX.search(cell)] == []
