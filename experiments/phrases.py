"""Numbers, times and lists in words."""

from collections.abc import Sequence

#: What a line names of a list, at most.
NAMED = 5


def duration(seconds: float) -> str:
    """Return a duration as a reader says it: ``8 s``, ``1 min 40 s``, ``2 h 5 min``."""
    whole = round(max(seconds, 0.0))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def counted(number: int, noun: str) -> str:
    """Return a number of things in words: ``1 job``, ``12 jobs``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def some(names: Sequence[str]) -> str:
    """Return the first few names and the number of the others: ``a, b, c, d, e and 3 more``."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
