"""The optimum of one slot with one queue, with a certificate.

Who offloads in which order is enumerated; the spectrum of each order is a concave problem
(`spectrum`). Who offloads but ends after twice the deadline earns no QoS and only spares its own
energy: it can as well be the last of the queue with a vanishing share. So a UE outside an order
counts, in the bound, with the larger of its local reward and of that.
"""

from functools import cache
from itertools import permutations

import numpy as np

from difsched.env.mec.columns import Column, check_observation
from difsched.env.mec.config import MOST_ENUMERATED, MecConfig
from difsched.env.mec.physics import server_joules, upload_joules, upload_seconds
from difsched.env.mec.slot import local_reward
from difsched.env.mec.splits import lift
from difsched.errors import InputError
from difsched.typing import Floats

from .greedy import greedy
from .solution import Solution, evaluate
from .spectrum import Orders, Radio, band, full_band_bound, improve, spans, start

#: Orders that are held at once.
BATCH = 60_000
#: Steps of the iteration, and after how many of them orders are dropped that cannot win.
STEPS, PRUNE = 96, 6


def optimum(observation: Floats, config: MecConfig, steps: int = STEPS) -> Solution:
    """Return the best action of each window, and a bound.

    The server starts idle: with ``leftover`` the bound holds for what a slot can earn, since work
    that is left over only delays, and the value is that of the action in the present slot.

    Parameters
    ----------
    observation : (W, N, F) ndarray of float
        With one cluster, N <= 8.
    steps : int
        Steps of the iteration over shares and multipliers: more make the gap smaller.

    Returns
    -------
    Solution
        Actions (W, N, 2): shares and priorities.

    Raises
    ------
    InputError
        If the configuration has several clusters or too many UEs.
    """
    seen = check_observation(observation, config)
    if config.clusters > 1:
        raise InputError(f"clusters = {config.clusters}: the optimum is for 1; use the search")
    if config.users > MOST_ENUMERATED:
        raise InputError(
            f"users = {config.users}: the optimum enumerates at most {MOST_ENUMERATED}"
        )
    orders = sum(len(_orders(config.users, size)) for size in range(config.users + 1))
    chunk = max(BATCH // orders, 1)
    parts = [
        _solve(seen[first : first + chunk], steps, config) for first in range(0, len(seen), chunk)
    ]
    if not parts:
        nothing = np.zeros(0)
        return Solution(np.zeros((0, config.users, 2)), nothing, nothing)
    return Solution(
        np.concatenate([part.action for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.bound for part in parts]),
    )


@cache
def _orders(users: int, size: int) -> np.ndarray:
    """Return every order of ``size`` of the UEs, (rows, size)."""
    rows = list(permutations(range(users), size))
    return np.array(rows, dtype=np.int64).reshape(len(rows), size)


def _solve(seen: Floats, steps: int, config: MecConfig) -> Solution:
    rule = np.stack([greedy(seen, config), -seen[..., Column.DEADLINE]], axis=-1)
    start_value = evaluate(rule, seen, config)
    best = Incumbent(config, seen, rule.copy(), start_value * config.users)
    bound = best.value.copy()
    for size in range(config.users, 0, -1):
        np.maximum(bound, _search(all_orders(seen, size, config), best, steps, config), out=bound)
    # Nobody in the order.
    idle = np.maximum(local_reward(seen, config), shed_reward(seen, config)).sum(axis=-1)
    bound = np.maximum(np.maximum(bound, idle), best.value) / config.users
    action = best.finished()
    value = evaluate(action, seen, config)
    # Lifting shares to the least one costs, rarely more than the order had gained.
    action = np.where((value >= start_value)[:, None, None], action, rule)
    value = np.maximum(value, start_value)
    return Solution(action, value, np.maximum(bound, value))


def shed_reward(seen: Floats, config: MecConfig) -> Floats:
    """Bound what a UE earns by offloading without QoS, (W, N): the energy with the whole band."""
    share = np.ones(seen.shape[:2])
    time = upload_seconds(seen[..., Column.DATA], seen[..., Column.DISTANCE], share, config)
    joules = upload_joules(time, share, config) + server_joules(seen[..., Column.CYCLES], config)
    return -config.weight_energy * joules


def all_orders(seen: Floats, size: int, config: MecConfig) -> Orders:
    """Return every order of every ``size`` UEs, of all windows."""
    users = _orders(config.users, size)
    windows = len(seen)
    data, cycles, deadline, distance = (
        seen[:, users, column]
        for column in (Column.DATA, Column.CYCLES, Column.DEADLINE, Column.DISTANCE)
    )
    local, shed = local_reward(seen, config), shed_reward(seen, config)
    relief = np.maximum(shed - local, 0.0)
    served = np.zeros((len(users), config.users))
    np.put_along_axis(served, users, 1.0, axis=1)
    joules = server_joules(seen[..., Column.CYCLES], config)
    if config.radio == "urban_micro":
        joules = -shed_reward(seen, config) / max(config.weight_energy, 1e-300)
    gain = config.weight_qos - config.weight_energy * joules - local
    radio = band(data, distance, config)

    def flat(values: Floats) -> Floats:
        return values.reshape(windows * len(users), *values.shape[2:])

    return Orders(
        np.repeat(np.arange(windows), len(users)),
        np.tile(users, (windows, 1)),
        Radio(flat(radio.airtime), flat(radio.ratio)),
        flat(deadline),
        flat(spans(cycles, config)),
        flat(local.sum(axis=-1)[:, None] + gain @ served.T),
        flat(relief @ (1 - served).T),
    )


class Incumbent:
    """The best action so far in each window, and its sum of rewards."""

    def __init__(self, config: MecConfig, seen: Floats, action: Floats, value: Floats) -> None:
        self.config, self.seen = config, seen
        self.action, self.value = action, value

    def offer(self, orders: Orders, share: Floats, value: Floats) -> None:
        """Take the shares of those orders that are better."""
        rank = np.lexsort((value, orders.window))
        last = np.flatnonzero(np.diff(orders.window[rank], append=-1))
        rows = rank[last]
        rows = rows[value[rows] > self.value[orders.window[rows]]]
        window, size = orders.window[rows], share.shape[1]
        self.value[window] = value[rows]
        self.action[window] = 0.0
        self.action[window[:, None], orders.users[rows], 0] = share[rows]
        self.action[window[:, None], orders.users[rows], 1] = 1 - np.arange(size) / size

    def finished(self) -> Floats:
        """Return the actions with shares that are large enough, and with sheds that pay."""
        action = self.action
        action[..., 0] = lift(action[..., 0], self.config.least_share)
        best = evaluate(action, self.seen, self.config)
        relief = shed_reward(self.seen, self.config) - local_reward(self.seen, self.config)
        sliver = max(self.config.least_share, 1e-6) * (1 + 1e-6)
        for place in (-np.maximum(relief, 0.0)).argsort(axis=1, kind="stable").T[:, :, None]:
            idle = np.take_along_axis(action[..., 0], place, 1) == 0
            pays = (idle & (np.take_along_axis(relief, place, 1) > 0))[:, 0]
            if not pays.any():
                continue
            tried = action[pays]
            tried[..., 0] *= 1 - sliver
            row = np.arange(len(tried))
            tried[row, place[pays, 0]] = sliver, tried[..., 1].min() - 1
            tried[..., 0] = lift(tried[..., 0], self.config.least_share)
            value = evaluate(tried, self.seen[pays], self.config)
            better = value > best[pays]
            chosen = np.flatnonzero(pays)[better]
            action[chosen], best[chosen] = tried[better], value[better]
        return action


def _search(orders: Orders, best: Incumbent, steps: int, config: MecConfig) -> Floats:
    """Return a bound of the orders, (W,), and offer their best shares to ``best``."""
    hope = full_band_bound(orders, config)
    orders = orders.take(np.flatnonzero(hope > best.value[orders.window]))
    now = start(orders, config)
    for step in range(steps):
        if not len(orders.window):
            break
        new = improve(orders, now, step / max(steps - 1, 1), config)
        best.offer(orders, now.share, new.value)
        now = new
        if step % PRUNE == PRUNE - 1:
            open_ = np.flatnonzero(now.bound > best.value[orders.window])
            orders, now = orders.take(open_), now.take(open_)
    bound = best.value.copy()
    np.maximum.at(bound, orders.window, now.bound)
    return bound
