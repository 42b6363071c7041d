"""Named streams and whole files."""

from pathlib import Path

import numpy as np
import pytest

from difsched.errors import InputError
from difsched.utils.files import atomic, read_npz, write_json, write_npz, write_text
from difsched.utils.seeding import integer_seed, rng


def test_streams_are_their_names() -> None:
    draws = {
        name: rng(999, *name).random(4).tobytes()
        for name in [("a",), ("b",), ("a", 1), ("a", "1"), ("a", 1, 2), ("a1",)]
    }
    assert len(set(draws.values())) == len(draws)
    assert rng(999, "a").random(4).tobytes() == draws["a",]
    assert rng(998, "a").random(4).tobytes() != draws["a",]


def test_integer_seeds_are_the_same_on_every_machine() -> None:
    assert integer_seed(999, "main", "dql", 3, 0) == 800399178
    assert 0 <= integer_seed(0) < 2**31


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_text(path, "old")
    with pytest.raises(RuntimeError), atomic(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert [p.name for p in tmp_path.iterdir()] == ["result.json"]
    assert path.read_text() == "old"


def test_not_a_number_is_no_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        write_json(tmp_path / "x.json", {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_objects_go_into_no_npz(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        write_npz(tmp_path / "x.npz", {"a": np.array([{}], dtype=object)})
    assert list(tmp_path.iterdir()) == []


def test_an_npz_with_a_pickle_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="cannot be read as npz"):
        read_npz(tmp_path / "x.npz", ["a"])


def test_shapes_survive_an_npz(tmp_path: Path) -> None:
    arrays = {"scalar": np.array(3), "empty": np.zeros((0, 2)), "fortran": np.eye(3, order="F")}
    write_npz(tmp_path / "x.npz", arrays)
    restored = read_npz(tmp_path / "x.npz", arrays)
    assert all(np.array_equal(restored[n], arrays[n]) for n in arrays)
    assert restored["scalar"].shape == ()
