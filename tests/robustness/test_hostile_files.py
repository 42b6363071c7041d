"""Files made to do harm: each is refused in one line, and gets no memory for what it claims."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from difsched.agents import Agent, load_agent
from difsched.baselines.slice.mdp import SubAgent
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.config.base import read_yaml
from difsched.env.slice.dataset import ARRAYS, OfflineDataset
from difsched.env.slice.link.table import read_link_table
from difsched.env.slice.traffic.generator import Traffic, load_traffic, read_trace_csv
from difsched.env.slice.traffic.packet_log import read_packet_log
from difsched.errors import InputError
from difsched.utils.files import MAX_ARRAYS, read_json, read_json_lines, read_npz
from difsched.utils.tensors import load_tensors
from tests.fuzz.arrays import npz
from tests.robustness.conftest import Refuses


def read_x(path: Path) -> Any:
    return read_npz(path, ["x"])


def read_dataset(path: Path) -> OfflineDataset:
    """Read a dataset whose card vouches for whatever the npz is."""
    card = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(card))
    return OfflineDataset.load(path)


def read_unvouched(path: Path) -> OfflineDataset:
    """Read a dataset whose card is another's."""
    path.with_suffix(".json").write_text('{"sha256": "0"}')
    return OfflineDataset.load(path)


def read_traces(path: Path) -> Any:
    return read_trace_csv(path, 200)


def read_weights(path: Path) -> Agent:
    return load_agent(path, EnvironmentConfig())


Reader = Callable[[Path], Any]
READERS: dict[str, list[Reader]] = {
    "npz": [read_x, read_dataset, Traffic.load, SubAgent.load],
    "safetensors": [load_tensors, read_weights],
    "json": [read_json, read_json_lines],
    "yaml": [EnvironmentConfig.from_yaml],
    "csv": [read_traces, read_link_table],
    "txt": [read_packet_log],
}
#: A card that vouches has read the file before.
UNVOUCHED: dict[Reader, Reader] = {read_dataset: read_unvouched}
CASES = [(suffix, read) for suffix, readers in READERS.items() for read in readers]
each_reader = pytest.mark.parametrize(
    ("suffix", "read"), CASES, ids=[f"{suffix}-{read.__qualname__}" for suffix, read in CASES]
)


@each_reader
@pytest.mark.parametrize("protocol", ["text", "binary"])
def test_a_pickle_under_another_name_is_not_run(
    suffix: str, read: Reader, protocol: str, tmp_path: Path, refuses: Refuses
) -> None:
    command, owned = f"touch {tmp_path}/owned", tmp_path / "owned"
    text = f"cos\nsystem\n(S'{command}'\ntR.".encode()
    binary = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c" + bytes([len(command)])
    path = tmp_path / f"bomb.{suffix}"
    path.write_bytes(text if protocol == "text" else binary + command.encode() + b"\x85R.")
    refuses(read, path)
    assert not owned.exists()


@pytest.mark.parametrize("read", READERS["npz"])
def test_a_pickle_inside_an_npz_is_not_run(read: Reader, tmp_path: Path, refuses: Refuses) -> None:
    bomb = f"cos\nsystem\n(S'touch {tmp_path}/owned'\ntR.".encode()
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"
    member = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bomb
    names = ["x", "config", "dataflow", *ARRAYS]
    path = tmp_path / "bomb.npz"
    path.write_bytes(npz({name: member for name in names}))
    refuses(read, path, "holds object")
    assert not (tmp_path / "owned").exists()


@each_reader
def test_what_never_ends_is_not_read(
    suffix: str, read: Reader, tmp_path: Path, refuses: Refuses
) -> None:
    device, pipe = tmp_path / f"zero.{suffix}", tmp_path / f"pipe.{suffix}"
    device.symlink_to("/dev/zero")
    os.mkfifo(pipe)
    for path in (device, pipe):
        refuses(UNVOUCHED.get(read, read), path, "it is no regular file")


@each_reader
def test_a_file_that_is_too_large_is_not_read(
    suffix: str, read: Reader, tmp_path: Path, refuses: Refuses
) -> None:
    path = tmp_path / f"large.{suffix}"
    with path.open("wb") as file:
        file.truncate(MAX_ARRAYS + 1)  # takes no space on a disk
    reader = UNVOUCHED.get(read, read)
    refuses(reader, path, f"it has {MAX_ARRAYS + 1} bytes, at most")


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999", "1" * 30, "[" * 70 + "]" * 70])
@pytest.mark.parametrize("read", [read_json, read_json_lines])
def test_numbers_that_are_none_and_deep_nests_are_no_json(
    value: str, read: Reader, tmp_path: Path, refuses: Refuses
) -> None:
    path = tmp_path / "x.json"
    path.write_text(f'{{"loss": {value}}}')
    refuses(read, path, "cannot be read as JSON")


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b'{"loss": 0.1, "loss": 0.2}',
        b'{"loss": ' + b"9" * 100_000 + b"}",
        '{"loss": 0.1}'.encode("utf-16"),
        '{"loss": 0.1}'.encode("utf-8-sig"),
        b'{"loss": 0.1}\x00',
        b'{"loss": "\xff"}',
        b"",
    ],
    ids=["lists", "objects", "twice", "digits", "utf-16", "mark", "nul", "latin-1", "empty"],
)
def test_what_is_no_json_is_refused(content: bytes, tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    refuses(read_json, path, "cannot be read as JSON")


def test_a_line_that_is_no_object_is_refused(tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"amount": 1}\n[]\n')
    refuses(read_json_lines, path, "line 2 is no object")


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(9 * [f'*{last}'])}]\n"
    for last, name in zip("abcdefghi", "bcdefghij", strict=True)
)
MERGES = "a: &a {x1: 1, x2: 1, x3: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join(9 * [f'*{last}'])}]}}\n"
    for last, name in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (LAUGHS, "more than 2000000 values"),
        (MERGES, "more than 256 fields"),
        ("a: &a [*a]", "deeper than 64 levels"),
        ("[" * 60_000, "deeper than 64 levels"),
        ("- " * 30_000, "cannot be read"),
        ("B: 1\nB: 2", "'B' is there twice"),
        ("{" + ", ".join(f"k{i}: 1" for i in range(300)) + "}", "more than 256 fields"),
        ("B: 0x" + "f" * 5000, "64 bits"),
        ("B: " + "9" * 5000, "cannot be read"),
        ("B: 1" + ":1" * 400 + ".5", "cannot be read"),
        ("B: 2001-99-99", "cannot be read"),
        ("B: 2001-01-01", "holds a date"),
        ("B: .nan", "must be finite"),
        ("B: !!timestamp x", "cannot be read"),
        ("B: !!bool x", "cannot be read"),
        ("B: !!int ''", "cannot be read"),
        ("B: !!binary x", "cannot be read"),
        ("B: !!set {a, b}", "holds a set"),
        ("1.5: 2", "neither a word nor a whole number"),
        ("B: !!python/object/apply:os.system [touch owned]", "could not determine"),
        ("B: !!python/name:os.system", "could not determine"),
        ("B: !!python/object/new:os.system [touch owned]", "could not determine"),
        ("\ufeffB: \x00", "cannot be read"),
        ("#" * 70_000, "at most 65536"),
    ],
)
def test_a_yaml_that_is_not_plain_is_refused(
    text: str, word: str, tmp_path: Path, refuses: Refuses
) -> None:
    path = tmp_path / "env.yaml"
    path.write_text(text, encoding="utf-8")
    refuses(read_yaml, path, "cannot be read as YAML", word, memory=64 << 20)


def test_a_number_of_users_alone_takes_no_memory(tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "env.yaml"
    values = ConfigManager().load_env_config().to_dict() | {"N_user": 10**12}
    path.write_text(json.dumps(values))
    refuses(EnvironmentConfig.from_yaml, path, "N_user = 1000000000000")


@pytest.mark.parametrize(
    "content",
    [
        b"window,packets\n0," + b"9" * 1_000_000,
        b"window,packets\n0,1\n1,\x00\n",
        "window,packets\n0,1\n".encode("utf-16-le"),
        b"window,packets,packets\n0,1,2\n",
        b"window,packets\n" + b'"' * 100_001,
        b"window,packets\n0,1e400\n",
        b",".join([b"x"] * 100_000),
    ],
    ids=["digits", "nul", "utf-16", "twice", "quotes", "huge", "columns"],
)
def test_a_hostile_csv_is_refused(content: bytes, tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "x_train.csv"
    path.write_bytes(content)
    refuses(read_traces, path, memory=64 << 20)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "x\ny", "x\x00", ""])
def test_a_trace_name_leads_out_of_no_folder(name: str, tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tmp_path / f"x_{split}.csv").write_text("window,packets\n0,1\n")
    (tmp_path / "traces").mkdir()
    for folder in (tmp_path, tmp_path / "traces", Path("x" * 5000)):
        with pytest.raises(InputError) as caught:
            load_traffic(name, traces=folder)
        assert str(caught.value).isprintable()
    values = ConfigManager().load_env_config().to_dict()
    with pytest.raises(InputError, match=r"dataflow = .* must be a word"):
        EnvironmentConfig.from_dict(values | {"dataflow": name})


def test_a_file_whose_name_is_two_lines_is_refused_in_one(tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tmp_path / f"a\n\x1b[2Jb_{split}.csv").write_text("rubbish")
    with pytest.raises(InputError) as caught:
        load_traffic("a\n\x1b[2Jb", traces=tmp_path)
    assert str(caught.value).isprintable() and r"a\n\x1b[2Jb_train.csv" in str(caught.value)


@pytest.mark.parametrize("folder", ["x" * 5000, "\x00", "a\nb"])
def test_a_folder_that_cannot_be_is_refused(folder: str) -> None:
    with pytest.raises(InputError, match="must be a folder"):
        ConfigManager(folder)


@pytest.mark.parametrize("name", ["../models/sac", "/etc/passwd", "sac.yaml", "", "x\x00", "a\nb"])
def test_a_configuration_name_leads_out_of_no_folder(name: str) -> None:
    for load in (ConfigManager().load_model_config, ConfigManager().load_env_config):
        with pytest.raises(InputError, match="does not exist: must be one of") as caught:
            load(name)
        assert str(caught.value).isprintable()
