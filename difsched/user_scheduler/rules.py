"""Evaluation of schedulers from outside: what breaks the rules is named in one line.

The rules of a decision for W windows of N users: an array (W, N) of whole RBs, none below 0, each
row summing to the budget B, and in time. The environment lets RBs be left unused; a scheduler that
is compared may not: success only rises with a grant, so what is left over is a mistake more often
than a choice. The limit is real time, by default what the windows themselves last: a grant must be
there before its window.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import shorten
from types import FrameType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.errors import InputError
from difsched.family import EPISODE_WINDOWS
from difsched.policy import Policy
from difsched.typing import Floats

Made = TypeVar("Made")

#: Characters of an error's own message that are repeated.
MESSAGE_LENGTH = 300


class RuleBroken(InputError):
    """Raised where a scheduler breaks a rule; its one line says where and which."""


class TooLate(BaseException):
    """Interrupts a call; no `Exception`, so that the code it interrupts does not catch it."""


class Guard:
    """A policy whose every decision is checked.

    Parameters
    ----------
    policy : Policy
        What decides.
    config : EnvironmentConfig
        The slice.
    place : str
        Where this is, for the one line: ``config 3, seed 0``.
    limit_ms : float
        Milliseconds that a decision may take a window; W windows decided at once have W times it.
    """

    def __init__(
        self, policy: Policy, config: EnvironmentConfig, place: str, limit_ms: float
    ) -> None:
        self.policy, self.place = policy, place
        self.budget, self.limit_ms = config.B, limit_ms
        self.calls = 0

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return grants (W, N) that keep the rules; see `Policy.act`.

        Raises
        ------
        RuleBroken
            At the first that does not.
        """
        shape, call = observation.shape[:2], self.calls
        self.calls += 1
        last = call + EPISODE_WINDOWS * (shape[0] - 1)
        windows = f"windows {call}, {call + EPISODE_WINDOWS}, ..., {last}"
        place = f"{self.place}, {windows if shape[0] > 1 else f'window {call}'}"
        given = call_guarded(
            place,
            "act",
            lambda: np.asarray(self.policy.act(observation)),
            seconds=shape[0] * self.limit_ms / 1000,
        )
        if (problem := kind_fault(given, shape)) is not None:
            raise RuleBroken(f"{place}: {problem}")
        grants = given.astype(np.float64)
        if (found := value_fault(grants, self.budget)) is not None:
            row, problem = found
            raise RuleBroken(f"{self.place}, window {call + EPISODE_WINDOWS * row}: {problem}")
        return grants.astype(np.int64)


def kind_fault(grants: NDArray[Any], shape: tuple[int, ...]) -> str | None:
    """Return what is wrong with the kind of an array of grants, if anything."""
    if grants.shape != shape:
        return f"act returned shape {grants.shape}: must be {shape}, windows and users"
    if grants.dtype.kind not in "iuf":
        return f"act returned {grants.dtype}: must be whole numbers of RBs"
    return None


def value_fault(grants: Floats, budget: int) -> tuple[int, str] | None:
    """Return the first row of grants (W, N) that breaks a rule, and the rule, if any does."""
    with np.errstate(invalid="ignore"):
        wrong = ~((grants >= 0) & (grants == np.floor(grants)) & np.isfinite(grants))
        total = grants.sum(axis=1)
    bad = wrong.any(axis=1) | (total != budget)
    if not bad.any():
        return None
    row = int(bad.argmax())
    if wrong[row].any():
        user = int(wrong[row].argmax())
        return row, f"user {user} is granted {grants[row, user]:g}: must be whole RBs >= 0"
    return row, f"the grants sum to {total[row]:g} RBs: must be the budget B = {budget}"


def call_guarded(
    place: str, what: str, call: Callable[[], Made], seconds: float | None = None
) -> Made:
    """Return what a call of foreign code returns.

    Parameters
    ----------
    place, what : str
        Where this is, and the function's name, for the one line.
    call : callable
    seconds : float, optional
        Real time that it may take; as long as it likes when left out.

    Raises
    ------
    RuleBroken
        If it raises, ends the program or takes too long; what it raised is the cause.
    """
    started = time.perf_counter()
    try:
        with deadline(seconds):
            made = call()
        if seconds is not None and time.perf_counter() - started > seconds:
            raise TooLate
    except TooLate:
        raise RuleBroken(f"{place}: {what} took longer than {seconds:g} s") from None
    except (Exception, SystemExit) as error:
        text = shorten(f"{type(error).__name__}: {error}", MESSAGE_LENGTH, placeholder=" ...")
        raise RuleBroken(f"{place}: {what} raised {text.rstrip(':')}") from error
    return made


@contextmanager
def deadline(seconds: float | None) -> Iterator[None]:
    """Raise `TooLate` in the block when it takes longer; in the main thread only.

    Compiled code is interrupted when it returns.
    """
    if seconds is None:
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise TooLate

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
