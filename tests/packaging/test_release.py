"""One version: the package's, that of the citation, and the newest of the changes."""

import re
from datetime import date

import yaml

from difsched import __version__
from experiments.paths import ROOT

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_the_citation_and_the_changes_are_of_this_version() -> None:
    assert CITATION["version"] == __version__
    heading = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert heading is not None
    released = CITATION["date-released"]
    assert isinstance(released, date)
    assert heading[1] in ("Unreleased", f"{__version__} ({released})")
