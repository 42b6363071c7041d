"""Serial queues of the server: all UEs of all windows at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.typing import Floats


def finish_times(
    ready: Floats,
    service: Floats,
    priority: Floats,
    queue: NDArray[np.integer[Any]],
    busy: Floats,
) -> Floats:
    """Return when each task is done.

    A queue serves its tasks strictly in the order of their priority; it waits for the upload of
    the next one even if a later one is ready. The k-th finishes at

        F_k = c_k + max(busy, max_{j <= k} (u_j - c_{j-1})),

    with u_j when task j is ready and c_k the sum of the first k service times: a cumulative sum
    and a cumulative maximum, without a loop over the tasks.

    Parameters
    ----------
    ready : (W, N) ndarray of float
        When a task is uploaded, s; read only where it is queued.
    service : (W, N) ndarray of float
        What the server needs for it, s.
    priority : (W, N) ndarray of float
        The highest is served first; of equal ones that of the lower index.
    queue : (W, N) ndarray of int
        Queue of each task, 0..K-1, or K if it is not queued.
    busy : (W, K) ndarray of float
        When each queue can start, s.

    Returns
    -------
    (W, N) ndarray of float
        s; infinite where a task is not queued.
    """
    windows, users = queue.shape
    queues = busy.shape[1]
    first_user = np.arange(0, windows * users, users)[:, None]
    order = np.where(queue < queues, -priority, np.inf).argsort(axis=1, kind="stable") + first_user
    tasks = order[queue.take(order) < queues]
    lane = queue.take(tasks) + tasks // users * queues
    if queues > 1:
        # Numbers of 16 bits are sorted in linear time.
        small = windows * queues <= np.iinfo(np.int16).max
        by_lane = lane.astype(np.int16 if small else np.int64).argsort(kind="stable")
        tasks, lane = tasks.take(by_lane), lane.take(by_lane)
    # A table with a row for each queue; the cells behind its end stay zero.
    count = np.bincount(lane, minlength=windows * queues)
    length = max(int(count.max(initial=0)), 1)
    first = np.arange(0, len(count) * length, length) - (count.cumsum() - count)
    cells = np.arange(len(tasks)) + first.take(lane)
    work, start = np.zeros((2, len(count), length))
    work.ravel()[cells] = service.take(tasks)
    start.ravel()[cells] = ready.take(tasks)
    done = work.cumsum(axis=1)
    # c_(j-1) as the sum before, not as c_j - e_j, which would round once more.
    start[:, 1:] -= done[:, :-1]
    np.maximum(start[:, 0], busy.ravel(), out=start[:, 0])
    done += np.maximum.accumulate(start, axis=1)
    finish = np.full((windows, users), np.inf)
    finish.ravel()[tasks] = done.take(cells)
    return finish
