"""npz and safetensors made to do harm: their headers are held against the bytes that are there."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from difsched.agents import Agent, load_agent
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.utils.files import read_npz, write_npz
from difsched.utils.tensors import load_tensors, save_tensors
from tests.fuzz.arrays import LIES, lying_npy, npy, npz
from tests.robustness.conftest import Refuses

NUMBERS = np.arange(6.0)


def read_x(path: Path) -> Any:
    return read_npz(path, ["x"])


@pytest.mark.parametrize("lie", LIES)
def test_a_header_that_lies_gets_no_memory(lie: str, tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "lie.npz"
    path.write_bytes(npz({"x": lying_npy(NUMBERS, lie)}))
    if lie == "'fortran_order': True":  # of one axis: no lie
        assert np.array_equal(read_x(path)["x"], NUMBERS)
    else:
        refuses(read_x, path, "cannot be read as npz")


def test_a_compressed_npz_is_read_unless_it_would_become_too_much(
    tmp_path: Path, refuses: Refuses
) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(npz({"x": npy(NUMBERS)}, zipfile.ZIP_DEFLATED))
    assert np.array_equal(read_x(path)["x"], NUMBERS)
    path.write_bytes(npz({"x": npy(np.zeros((1 << 25) + 1))}, zipfile.ZIP_DEFLATED))
    assert path.stat().st_size < 1 << 19
    refuses(read_x, path, "claim more than 268435456 bytes")
    path.write_bytes(npz({"x": npy(NUMBERS)}, zipfile.ZIP_BZIP2))
    refuses(read_x, path, "compressed in another way than NumPy's")


def test_arrays_that_share_their_bytes_are_refused(tmp_path: Path, refuses: Refuses) -> None:
    whole = npz({"x": npy(NUMBERS)})
    start = whole.rindex(b"PK\x01\x02")
    entry, end = whole[start:-22], whole[-22:]
    size = (4 * len(entry)).to_bytes(4, "little")
    path = tmp_path / "shared.npz"
    path.write_bytes(whole[:start] + 4 * entry + end[:8] + b"\4\0\4\0" + size + end[16:])
    refuses(read_x, path, "cannot be read as npz")


def test_a_directory_of_a_million_arrays_is_not_read(tmp_path: Path, refuses: Refuses) -> None:
    whole = npz({"x": npy(NUMBERS)})
    start = whole.rindex(b"PK\x01\x02")
    entry, end = whole[start:-22], whole[-22:]
    many = entry * (1 + (1 << 20) // len(entry))
    path = tmp_path / "many.npz"
    path.write_bytes(whole[:start] + many + end[:12] + len(many).to_bytes(4, "little") + end[16:])
    refuses(read_x, path, "its directory has more than")
    # The same behind a record for large archives, which would overrule the size.
    path.write_bytes(whole[:-22] + b"PK\x06\x07" + bytes(16) + end)
    refuses(read_x, path, "its directory has more than")


def test_an_npy_is_no_npz(tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(npy(NUMBERS))
    refuses(read_x, path, "does not end as a zip file")
    path.write_bytes(npz({"x": b"not an array"}))
    refuses(read_x, path, "cannot be read as npz")


def test_a_flipped_byte_of_an_array_is_noticed(tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "x.npz"
    write_npz(path, {"x": np.zeros(5000)})
    content = bytearray(path.read_bytes())
    content[20000] ^= 1
    path.write_bytes(content)
    refuses(read_x, path, "CRC")


@pytest.mark.parametrize(
    "claim",
    [
        (1 << 62).to_bytes(8, "little") + b"{}",
        (1 << 23).to_bytes(8, "little") + b"{}",
        *(
            len(header).to_bytes(8, "little") + header
            for header in (
                b'{"x":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}',
                b'{"x":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4]}}',
                b'{"x":{"dtype":"F32","shape":[0,9223372036854775807,4],"data_offsets":[0,0]}}',
                b'{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
                b"[" * 100_000,
            )
        ),
    ],
)
def test_tensors_that_claim_too_much_are_refused(
    claim: bytes, tmp_path: Path, refuses: Refuses
) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(claim + bytes(64))
    refuses(load_tensors, path, "cannot be read as weights")


@pytest.mark.parametrize("change", [{"hidden": 4096}, {"layers": 64}, {"critics": 64}])
def test_an_agent_larger_than_its_file_gets_no_memory(
    change: dict[str, int], tmp_path: Path, refuses: Refuses
) -> None:
    config = ConfigManager().load_model_config("dql_set").to_dict() | change
    problem = {
        "family": "slice",
        "space": {"center": 12.0, "scale": 8.0, "project": True},
        "outcomes": {"center": [0.0], "scale": [1.0], "reward_center": 0.0, "reward_scale": 1.0},
        "entities": 8,
        "view": {},
    }
    settings = {"learner": "dql", "config": config, **problem}
    path = tmp_path / "x.safetensors"
    ones = torch.ones(4)
    save_tensors(path, {"standardizer.mean": ones, "standardizer.sd": 2 * ones}, settings)

    def load(path: Path) -> Agent:
        return load_agent(path, EnvironmentConfig())

    refuses(load, path, "weights or more, the file 8")
