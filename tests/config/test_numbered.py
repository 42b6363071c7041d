"""Numbered configurations of a family, and settings that a family has of its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import pytest

from difsched.config import ConfigManager
from difsched.config.base import Config, whole
from difsched.config.numbered import Numbered
from difsched.errors import InputError


@dataclass(frozen=True)
class Jobs(Config):
    family: ClassVar[str] = "jobs"
    jobs: Annotated[int, whole(1, 9)] = 3
    randomSeed: Annotated[int, whole(0)] = 0


@pytest.fixture
def numbered(tmp_path: Path) -> Numbered[Jobs]:
    (tmp_path / "configurations.yaml").write_text("1: {name: many, jobs: 5}\n0: {name: few}\n")
    return Numbered(tmp_path, Jobs)


def test_a_configuration_is_found_by_number_and_by_name(numbered: Numbered[Jobs]) -> None:
    assert numbered.numbers() == [0, 1]
    assert numbered.names() == {"few": 0, "many": 1}
    assert numbered.name_of(1) == "many"
    assert numbered.load(1) == numbered.load("1") == numbered.load("many") == Jobs(5)


def test_a_file_of_ones_own_says_from_which_it_differs(
    numbered: Numbered[Jobs], tmp_path: Path
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("like: many\nrandomSeed: 4\n")
    assert numbered.load(str(own)) == Jobs(5, 4)
    own.write_text("jobs: 2\n")
    assert numbered.load(str(own)) == Jobs(2)
    own.write_text("jbs: 2\n")
    with pytest.raises(InputError, match=r"own\.yaml: jbs is not a field.*did you mean jobs"):
        numbered.load(str(own))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "must map numbers to fields"),
        ("a: {name: b}", "a: must be a whole number"),
        ("0: 3", "0: fields = 3: must be a mapping"),
        ("0: {jobs: 3}", "0: name = None: must be text"),
        ("0: {name: few, jobs: 0}", "0: jobs = 0: must be a whole number in 1..9"),
    ],
)
def test_a_damaged_file_is_refused_in_a_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "configurations.yaml").write_text(text)
    with pytest.raises(InputError, match=rf"configurations\.yaml: {message}"):
        Numbered(tmp_path, Jobs).load(0)


@pytest.mark.parametrize("name", [2, "2", "mayn", -1])
def test_what_there_is_not_is_refused_with_what_there_is(
    numbered: Numbered[Jobs], name: int | str
) -> None:
    with pytest.raises(InputError, match=r"does not exist: must be one of 0, 1, few, many"):
        numbered.load(name)


def test_a_family_has_settings_of_its_own_where_they_differ(tmp_path: Path) -> None:
    own = tmp_path / "models" / "jobs" / "dql_set.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("eta: 3.0\n")
    manager = ConfigManager(tmp_path)
    shared = manager.load_model_config("dql_set")
    assert manager.load_model_config("dql_set", "jobs") == shared.changed({"eta": 3.0})
    assert manager.load_model_config("dql_set", "slice") == shared
    own.write_text("etta: 3.0\n")
    with pytest.raises(InputError, match=r"jobs/dql_set\.yaml: etta is not a field"):
        manager.load_model_config("dql_set", "jobs")
