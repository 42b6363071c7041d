"""A round of `bench chaos`: one disturbance, then an undisturbed call that must put all right."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from difsched.utils.seeding import rng
from tests.chaos.faults import (
    FILES,
    FOLDERS,
    HARMS,
    KILLS,
    full,
    leave_locks,
    read_only,
    short_files,
    victim,
    without_override,
)
from tests.chaos.suite import LAYERS, Call, Suite

#: Rounds of each kill, and of each fault of the machine.
KILL_ROUNDS, MACHINE_ROUNDS = 4, 2
#: What a call says when the machine fails it.
MACHINE = ("No space left on device", "File too large", "Permission denied")
#: Seconds between a job's end and a disturbance, at most.
DELAY = 2.0
#: Seconds within which Ctrl-C ends a call.
STOP_SECONDS = 15.0


@dataclass
class Round:
    """What became of a disturbance.

    Attributes
    ----------
    kind, what : str
        Row of the table, and the disturbance in words.
    hit : bool
        Whether it took place: a call may be over before.
    noticed : bool
        Whether a damaged file was mended, removed or named; for all else, as ``hit``.
    faults : list of str
        What must not be: wrong results, failures without a reason.
    """

    kind: str
    what: str
    hit: bool = True
    noticed: bool = True
    faults: list[str] = field(default_factory=list)


class Chaos:
    """The rounds on one suite.

    Parameters
    ----------
    suite : Suite
    calm : mapping
        The results of a calm run.
    seed : int
        Of the disturbances.
    disk : bool
        Whether the suite's results lie on a small disk.
    """

    def __init__(self, suite: Suite, calm: Mapping[str, str], seed: int, disk: bool) -> None:
        self.suite, self.calm, self.disk = suite, calm, disk
        self.rng = rng(seed, "chaos")

    def rounds(self) -> list[Callable[[], Round]]:
        """Return the rounds in random order, of each sort in turn while they last."""
        deck: dict[str, list[Callable[[], Round]]] = defaultdict(list)
        for name in KILLS:
            deck["kill"] += [partial(self.kill, name)] * KILL_ROUNDS
        for name in FILES:
            deck["damage"] += [partial(self.damage, name, harm) for harm in HARMS]
        deck["full disk"] = [self.full_disk] * MACHINE_ROUNDS
        deck["read-only folder"] = [self.read_only] * MACHINE_ROUNDS
        deck["stale locks"] = [self.stale_locks]
        for functions in deck.values():
            self.rng.shuffle(functions)
        return list(_dealt(deck))

    def kill(self, name: str) -> Round:
        """Kill a part of a call at a random moment."""
        call, hit = self.disturbed()
        hit = hit and KILLS[name](call)
        round = Round(name, name, hit, hit)
        started = time.monotonic()
        status = call.wait()
        if status == 130:
            self.check_stop(round, call.said(), time.monotonic() - started)
        elif status == 0:
            self.check_results(round)
        self.recover(round)
        return round

    def check_stop(self, round: Round, said: str, seconds: float) -> None:
        """Check that Ctrl-C stopped the call soon, and that it said what is kept."""
        if seconds > STOP_SECONDS:
            round.faults.append(f"Ctrl-C took {seconds:.0f} s")
        if "kept in" not in said:
            round.faults.append("Ctrl-C did not say what is kept")

    def damage(self, kind: str, harm: str) -> Round:
        """Damage a file of a kind, between two calls or during one."""
        during = bool(self.rng.integers(2))
        round = Round(harm, f"{harm} a {kind}, {'during a call' if during else 'between calls'}")
        call, runs = self.disturbed() if during else (None, True)
        found = self.strike(kind, harm) if runs else None
        path, left = found or (None, None)
        round.hit = found is not None
        said = ""
        if call is not None:
            status, said = call.wait(), call.said()
            self.judge(round, status, said, [path.name] if path else [], path)
        said += self.recover(round)
        if path is not None:
            mended = not path.exists() or path.read_bytes() != left
            round.noticed = mended or path.name in said
        return round

    def strike(self, kind: str, harm: str) -> tuple[Path, bytes | None] | None:
        """Damage a file; return it and what is left in it, None if there was none to damage."""
        try:
            path = victim(self.suite, kind, self.rng)
            if path is None:
                return None
            HARMS[harm](path, self.rng)
            return path, path.read_bytes() if path.exists() else None
        except OSError:
            return None  # a call replaced it just then

    def full_disk(self) -> Round:
        """Fill the disk under a call."""
        round = Round("full disk", "full disk" if self.disk else "limit on the size of files")
        self.suite.set_back(self.layer())
        if self.disk:
            with full(self.suite.root / "artifacts", self.rng):
                self.judge(round, *self.suite.call(), MACHINE)
        else:
            self.judge(round, *self.suite.call(limit=short_files(self.rng)), MACHINE)
        self.recover(round)
        return round

    def read_only(self) -> Round:
        """Make a folder read-only under a call."""
        self.suite.set_back("learned")
        pattern = FOLDERS[int(self.rng.integers(len(FOLDERS)))]
        folder = next(iter(self.suite.root.glob(pattern)))
        before = without_override()
        hit = before is not None
        round = Round("read-only folder", f"{pattern} read-only", hit, hit)
        if before is not None:
            with read_only(folder):
                self.judge(round, *self.suite.call(before), MACHINE)
        self.recover(round)
        return round

    def stale_locks(self) -> Round:
        """Leave locks that nobody holds."""
        self.suite.set_back("learned")
        leave_locks(self.suite)
        round = Round("stale locks", "locks of a call that is no more")
        self.recover(round)
        return round

    def layer(self) -> str:
        """Return the name of a layer."""
        return str(self.rng.choice(list(LAYERS)))

    def disturbed(self) -> tuple[Call, bool]:
        """Take a layer away, start a call, and wait for a random moment of it.

        Returns
        -------
        Call
        bool
            Whether it still runs.
        """
        layer = self.layer()
        self.suite.set_back(layer)
        call = Call(self.suite)
        jobs = int(self.rng.integers(LAYERS[layer][0]))
        call.until(lambda: call.finished() >= jobs)
        time.sleep(float(self.rng.uniform(0, DELAY)))
        return call, call.process.poll() is None

    def recover(self, round: Round) -> str:
        """Make an undisturbed call, which must succeed; return what it said."""
        status, said = self.suite.call()
        self.judge(round, status, said, [])
        return said

    def judge(
        self,
        round: Round,
        status: int,
        said: str,
        reasons: Sequence[str],
        late: Path | None = None,
    ) -> None:
        """Check a call: right results, or one of the reasons; never a traceback.

        ``late`` may have been damaged after the call's last look at it.
        """
        if "Traceback" in said:
            round.faults.append(f"a traceback: {_last(said)}")
        if status == 0:
            self.check_results(round, late)
        elif not any(reason in said for reason in reasons):
            round.faults.append(f"status {status} without a reason: {_last(said)}")

    def check_results(self, round: Round, late: Path | None = None) -> None:
        """Compare with the calm run."""
        found = self.suite.results()
        names = sorted(found.keys() | self.calm.keys())
        wrong = [name for name in names if found.get(name) != self.calm.get(name)]
        if set(wrong) - ({str(late.relative_to(self.suite.root))} if late else set()):
            round.faults.append(f"wrong results: {', '.join(wrong[:3])}")


def _last(said: str) -> str:
    return " | ".join(line.strip() for line in said.splitlines()[-6:])


def _dealt(deck: dict[str, list[Callable[[], Round]]]) -> Iterator[Callable[[], Round]]:
    """Yield a round of each kind in turn while kinds last."""
    while any(deck.values()):
        for functions in filter(None, deck.values()):
            yield functions.pop()
