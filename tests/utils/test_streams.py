"""Output on any terminal, to any reader: no traceback, and words that can be read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from difsched.utils.streams import spelled
from experiments.paths import LOGS, REFERENCE, ROOT

#: Commands of every way of printing: plain, by Rich, argparse's help, JSON, errors.
CALLS = {
    "list": (["experiments", "list"], 0),
    "help": (["experiments", "--help"], 0),
    "without an environment": (["experiments.cli.arguments", "list"], 100),
    "show": (["experiments", "show", "table5", "--reference"], 0),
    "trace": (["experiments", "trace", "table1", "0", "--reference"], 0),
    "verify": (["experiments", "verify", "--reference"], 0),
    "bad input": (["experiments", "täble±"], 2),
    "completion": (["difsched.cli.main", "completion", "bash"], 0),
    "help of difsched": (["difsched.cli.main", "evaluate", "--help"], 0),
    "oracle": (["difsched.cli.main", "oracle", "80", "60", "--budget", "30"], 0),
    "bad input of difsched": (["difsched.cli.main", "evaluate", "é"], 2),
}
ENCODINGS = [{"LC_ALL": "POSIX", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}]
CALL = pytest.mark.parametrize(("words", "status"), CALLS.values(), ids=CALLS)
FEW = {name: CALLS[name] for name in ("list", "without an environment", "show", "oracle")}
FEW_CALLS = pytest.mark.parametrize(("words", "status"), FEW.values(), ids=FEW)


def run(words: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
    more = options.pop("more", {})
    assert isinstance(more, dict)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    warnings = "ignore:pkg_resources is deprecated:UserWarning"
    given = clean | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": warnings} | more
    command = [sys.executable, "-P", "-m", *words]
    return subprocess.run(command, env=given, cwd=ROOT, check=False, **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda one: next(iter(one)))
@CALL
def test_a_terminal_that_knows_ascii_alone_gets_ascii(
    words: list[str], status: int, encoding: dict[str, str]
) -> None:
    done = run(words, more=encoding, capture_output=True)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout.isascii() and done.stderr.isascii()
    assert b"\\x" not in done.stdout, "it can be read"


@CALL
def test_a_reader_that_leaves_before_the_first_word_is_no_error(
    words: list[str], status: int
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run(words, stdout=writer, stderr=subprocess.PIPE)
    finally:
        os.close(writer)
    assert done.returncode in (0, status)
    lines = done.stderr.decode().splitlines()
    assert len(lines) == (1 if status == 2 else 0), lines


@FEW_CALLS
def test_a_full_disk_behind_the_output_is_one_line(words: list[str], status: int) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(words, stdout=full, stderr=subprocess.PIPE)
    (line,) = done.stderr.decode().splitlines()
    assert done.returncode in (1, 2)
    assert "No space left" in line


@FEW_CALLS
def test_closed_output_is_no_error(words: list[str], status: int) -> None:
    done = run(words, preexec_fn=lambda: os.close(1), stderr=subprocess.PIPE)
    assert done.returncode == status
    assert b"Traceback" not in done.stderr


def test_every_sign_of_the_tables_has_a_spelling() -> None:
    texts = [path.read_text() for path in (REFERENCE / "tables").glob("*.tex")]
    texts.append((LOGS / "spec.json").read_text())
    signs = "±−–×·†κūᵢ∑≤≥≈─“”’éß" + "".join(texts)  # noqa: RUF001
    for sign in set(signs) - set(map(chr, range(128))):
        error = UnicodeEncodeError("ascii", sign, 0, 1, "not in it")
        text, place = spelled(error)
        assert place == 1 and text.isascii()
        assert "\\" not in text or sign == "ß", sign
