"""Serial queues of the server: all UEs of all windows at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .physics import Floats


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
    row = np.arange(windows)[:, None]
    order = np.lexsort((-priority, queue)) + row * users
    place = queue.take(order)
    lane = row * (queues + 1) + place
    count = np.bincount(lane.ravel(), minlength=windows * (queues + 1))
    count = count.reshape(windows, queues + 1)
    position = np.arange(users) - (count.cumsum(axis=1) - count).take(lane)
    # A table of queues, (W, K, M); the cells behind the end of a queue stay zero.
    length = max(int(count[:, :-1].max()), 1)
    queued = place < queues
    tasks = order[queued]
    cells = ((lane - row) * length + position)[queued]
    work, start = np.zeros((2, windows, queues, length))
    work.ravel()[cells] = service.take(tasks)
    start.ravel()[cells] = ready.take(tasks)
    done = work.cumsum(axis=2)
    # c_(j-1) as the sum before, not as c_j - e_j, which would round once more.
    start[:, :, 1:] -= done[:, :, :-1]
    np.maximum(start[:, :, 0], busy, out=start[:, :, 0])
    done += np.maximum.accumulate(start, axis=2)
    finish = np.full((windows, users), np.inf)
    finish.ravel()[tasks] = done.take(cells)
    return finish
