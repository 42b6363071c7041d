"""Workers of trials end with the call that started them."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from experiments.cli.run_all import terminations_interrupt
from experiments.paths import ROOT
from experiments.tuning.workers import workers
from tests.waiting import wait_for

SECONDS = 60


def stay(folder: Path, number: int) -> int:
    """Leave a file named after item and process, and go on for a minute."""
    (folder / f"{number}-{os.getpid()}").touch()
    time.sleep(SECONDS)
    return number


def main(folder: Path) -> None:
    """Have six items made by two workers."""
    with terminations_interrupt(), workers(2) as pool:
        list(pool.map(partial(stay, folder), range(6)))


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_at_once_with_their_call(number: signal.Signals, tmp_path: Path) -> None:
    words = f"from pathlib import Path; from {__name__} import main; main(Path({str(tmp_path)!r}))"
    with subprocess.Popen(
        [sys.executable, "-c", words], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as process:
        wait_for(lambda: len(list(tmp_path.iterdir())) == 2, SECONDS)
        process.send_signal(number)
        process.wait(timeout=SECONDS / 2)
    found = [int(path.name.partition("-")[2]) for path in tmp_path.iterdir()]
    wait_for(lambda: not any(alive(worker) for worker in found), SECONDS / 2)
    assert len(found) == 2
