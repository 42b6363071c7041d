"""The claims' file and its page: what is checked at the door."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from difsched.baselines.registry import methods
from difsched.errors import InputError
from experiments.claims.check import load
from experiments.claims.page import PAGE, current, page
from experiments.paths import ROOT
from experiments.products import PRODUCTS, family_of_table
from experiments.studies.variants import variants
from tests.fake_claims import ENTRY, NAMED


def test_the_committed_claims_name_only_what_there_is() -> None:
    dictionary = (ROOT / "artifacts" / "README.md").read_text(encoding="utf-8")
    claims = load()
    assert len(claims) > 10
    assert not all(claim.supported for claim in claims)
    for one in claims:
        assert one.command.removeprefix("./run_all.sh").strip() in {"", *PRODUCTS}
        minus = one.minus["select"] if one.minus else {}
        for name in (*one.select, *minus, *one.per, one.column):
            assert f"`{name}`" in dictionary, f"{one.id}: {name}"
        for select in (one.select, minus):
            for name in ("method", "against"):
                wanted = select.get(name, [])
                known = methods(family_of_table(one.file))
                assert set(wanted if isinstance(wanted, list) else [wanted]) <= set(known)
            named = select.get("variant", [])
            named = named if isinstance(named, list) else [named]
            assert set(named) <= set(variants(Path(one.file).stem) if named else ())


def test_the_committed_page_is_what_the_claims_and_the_reference_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == current()


def test_the_page_shows_every_claim_and_says_which_are_not_supported() -> None:
    text = page(load(), {"score-forecast": "PASS: 96"})
    supported, unsupported = text.split("## Not supported")
    for one in load():
        part = supported if one.supported else unsupported
        assert f"**{one.id}**" in part
    assert "PASS: 96" in supported
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {11}


def write_claims(path: Path, *entries: Any) -> Path:
    path.write_text(yaml.safe_dump({**NAMED, "claims": list(entries)}), encoding="utf-8")
    return path


def test_a_command_says_what_its_claims_cost(tmp_path: Path) -> None:
    (one,) = load(write_claims(tmp_path / "claims.yml", ENTRY))
    assert (one.minutes, one.memory, one.disk) == (1, 2, 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "Not A Name"),
        ("statement", ""),
        ("statement", "two\nlines"),
        ("command", "./run_all.sh table99"),
        ("command", ["./run_all.sh table2"]),
        ("paper", [["sec:main"]]),
        ("paper", ["sec:main", {"sec": "main"}]),
        ("file", "../summary.csv"),
        ("select", "method"),
        ("select", {"method": {"a": 1}}),
        ("minus", {"file": "main.csv"}),
        ("minus", {"select": {}, "column": "loss"}),
        ("per", "config"),
        ("reduce", "median"),
        ("groups", "most"),
        ("at_least", "95"),
        ("at_least", None),
        ("tolerance", -1),
        ("profile", "smoke"),
        ("supported", "yes"),
        ("supported", False),
        ("finding", "It is bad."),
        ("minutes", 0),
        ("colour", "red"),
    ],
)
def test_a_wrong_field_is_told_in_one_line_with_claim_and_field(
    field: str, value: Any, tmp_path: Path
) -> None:
    entry = {name: v for name, v in {**ENTRY, field: value}.items() if v is not None}
    with pytest.raises(InputError) as error:
        load(write_claims(tmp_path / "claims.yml", entry))
    name = value if field == "id" else "good"
    assert f"claim {name}: " in str(error.value)
    told = {"supported": "finding" if value is False else "supported", "at_least": "a"}
    assert told.get(field, field) in str(error.value).split(f"claim {name}: ")[1]
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "claims: []", "{costs: {}, claims: []}", "{costs: 1, claims: [1]}", "{"]
)
def test_a_file_without_claims_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "claims.yml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        load(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_two_claims_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="claim good: id = 'good': another claim has it"):
        load(write_claims(tmp_path / "claims.yml", ENTRY, ENTRY))
