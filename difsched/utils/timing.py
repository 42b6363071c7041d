"""How long calls take: the least of some times, since other work only adds to them."""

import time
from collections.abc import Callable, Sequence

#: Calls of one in a row, before it is the next one's turn.
IN_A_ROW = 6


def microseconds(call: Callable[[], object], windows: int, repeats: int = 3) -> float:
    """Return the least time of some calls, microseconds a window."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times) / windows * 1e6


def least_seconds(calls: Sequence[Callable[[], object]], turns: int) -> list[float]:
    """Return the least processor time of each call, of some in a row each turn."""
    least = [float("inf")] * len(calls)
    for _ in range(turns):
        for place, call in enumerate(calls):
            for _ in range(IN_A_ROW):
                start = time.process_time()
                call()
                least[place] = min(least[place], time.process_time() - start)
    return least
