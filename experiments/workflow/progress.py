"""Where a call stands: jobs done, running and left, and an estimate of the time left."""

import math
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from experiments.phrases import duration
from experiments.profiles.resolve import DEFAULT_SECONDS

#: A job is reported that has shown no progress for so long, and for so many times as long as such
#: jobs take: some write nothing until they end.
QUIET_SECONDS, QUIET_TIMES = 600.0, 3.0


def round_estimate(seconds: float) -> float:
    """Return seconds rounded to about two digits: an estimate claims no more."""
    step = 1 if seconds < 20 else 5 if seconds < 120 else 10 if seconds < 600 else 60
    return float(step * round(seconds / step))


def kind_seconds(
    kind: str, expected: Mapping[str, float], observed: Mapping[str, Sequence[float]]
) -> float:
    """Return the seconds to expect of one more job of a kind.

    The mean of that kind's finished jobs; before one has finished, the profile's figure times how
    much slower or faster than the profile's figures all finished jobs together were.
    """
    own = observed.get(kind)
    if own:
        return sum(own) / len(own)
    took = sum(sum(times) for times in observed.values())
    planned = sum(
        expected.get(name, DEFAULT_SECONDS) * len(times) for name, times in observed.items()
    )
    return expected.get(kind, DEFAULT_SECONDS) * (took / planned if planned else 1.0)


def seconds_left(
    waiting: Mapping[str, int],
    running: Iterable[tuple[str, float]],
    expected: Mapping[str, float],
    observed: Mapping[str, Sequence[float]],
    jobs: int,
) -> float:
    """Return an estimate of the time until every job has finished.

    Parameters
    ----------
    waiting : mapping of str to int
        Kind of job -> number not started yet.
    running : iterable of (str, float)
        Kind and elapsed seconds of each running job.
    expected : mapping of str to float
        Kind -> seconds of one job, from the profile.
    observed : mapping of str to sequence of float
        Kind -> seconds of each finished job.
    jobs : int
        Jobs at a time, >= 1.

    Returns
    -------
    float
        Seconds, >= 0: the work left shared by ``jobs``, but no less than the longest job left.
    """
    rest = [max(kind_seconds(k, expected, observed) - elapsed, 0.0) for k, elapsed in running]
    single = {kind: kind_seconds(kind, expected, observed) for kind, n in waiting.items() if n > 0}
    work = sum(rest) + sum(single[kind] * waiting[kind] for kind in single)
    return max([work / jobs, *rest, *single.values()])


@dataclass
class Progress:
    """The state of one call, fed by the workflow's events.

    Attributes
    ----------
    expected : mapping of str to float
        Kind of job -> seconds of one, from the profile.
    jobs : int
        Jobs at a time.
    """

    expected: Mapping[str, float]
    jobs: int
    started: float = field(default_factory=time.monotonic)
    total: int = 0
    done: int = 0
    waiting: Counter[str] = field(default_factory=Counter)
    running: dict[int, tuple[str, str, float]] = field(default_factory=dict)
    observed: dict[str, list[float]] = field(default_factory=dict)
    logs: dict[int, Path] = field(default_factory=dict)
    quiet: set[int] = field(default_factory=set)
    last_finish: float = -math.inf
    peak: tuple[float, str] = (0.0, "")

    def plan(self, counts: Mapping[str, int]) -> None:
        """Note how many jobs of each kind the call needs."""
        self.waiting = Counter(counts)
        self.total = sum(counts.values())

    def start(self, job: int, kind: str, label: str, log: Path | None = None) -> None:
        """Note that a job started; a job with a log is watched, see :meth:`newly_quiet`."""
        self.waiting[kind] -= 1
        self.running[job] = (kind, label, time.monotonic())
        if log is not None:
            self.logs[job] = log

    def finish(self, job: int, peak_mib: float | None = None) -> tuple[str, str]:
        """Note that a job ended well; return its label and what it cost: time, peak memory."""
        kind, label, started = self.running.pop(job)
        self.last_finish = time.monotonic()
        seconds = self.last_finish - started
        self.observed.setdefault(kind, []).append(seconds)
        self.done += 1
        if peak_mib is None:
            return label, duration(seconds)
        self.peak = max(self.peak, (peak_mib, label))
        return label, f"{duration(seconds)}, {peak_mib:.0f} MiB"

    def fail(self, job: int) -> str:
        """Note that a job failed; return its label."""
        return self.running.pop(job, ("", f"job {job}", 0.0))[1]

    def newly_quiet(self) -> list[str]:
        """Return a line on each watched job without progress, once a job.

        Progress is a line in its log, or another job that ends.
        """
        now, lines = time.monotonic(), []
        for job in (self.running.keys() & self.logs.keys()) - self.quiet:
            kind, label, started = self.running[job]
            silent = min(now - max(started, self.last_finish), _age(self.logs[job]))
            patience = QUIET_TIMES * kind_seconds(kind, self.expected, self.observed)
            if silent >= max(QUIET_SECONDS, patience):
                self.quiet.add(job)
                lines.append(
                    f"no progress for {duration(silent)}: {label}; its log: {self.logs[job]}"
                )
        return lines

    def elapsed(self) -> float:
        """Return the seconds since the call started."""
        return time.monotonic() - self.started

    def left(self) -> float:
        """Return the estimate of :func:`seconds_left` for now."""
        now = time.monotonic()
        running = [(kind, now - started) for kind, _, started in self.running.values()]
        return seconds_left(self.waiting, running, self.expected, self.observed, self.jobs)

    def left_words(self) -> str:
        """Return the estimate as a phrase."""
        return f"left about {duration(round_estimate(self.left()))}"


def _age(path: Path) -> float:
    """Return the seconds since a file changed; infinite without a file."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return math.inf


class PlainDisplay:
    """One line for each finished job: for pipes, files and continuous integration."""

    def __init__(self, progress: Progress, stream: TextIO | None = None) -> None:
        self.progress = progress
        self.stream = stream or sys.stdout

    def __enter__(self) -> "PlainDisplay":
        """Return the display."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing is left open."""

    def say(self, line: str) -> None:
        """Print a line."""
        print(line, file=self.stream, flush=True)

    def finished(self, label: str, cost: str) -> None:
        """Report a finished job with all that goes on beside it."""
        state = self.progress
        parts = [f"[{state.done}/{state.total}] done {label} ({cost})"]
        if state.running:
            parts.append("running: " + ", ".join(label for _, label, _ in state.running.values()))
        if state.done < state.total:
            parts.append(state.left_words())
        self.say(" · ".join(parts))

    def refresh(self) -> None:
        """Nothing moves between two lines."""
