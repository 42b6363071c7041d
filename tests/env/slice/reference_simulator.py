"""The slice in thirty lines of plain Python: every packet of every slot is drawn.

It shares no code with `difsched.env`; tests and `run_all.sh bench env` hold the fast simulator
against it.
"""

import math
import random
from typing import Any

Queue = list[list[int]]


class ReferenceSimulator:
    """One slice. ``config`` has the fields of `EnvironmentConfig`; ``packets`` is the trace."""

    def __init__(self, config: Any, packets: list[int], rng: random.Random) -> None:
        self.config, self.packets, self.rng = config, packets, rng
        users = range(config.N_user)
        self.position = [rng.randrange(len(packets)) for _ in users]
        self.channel = [rng.randrange(len(config.sigmoid_k_list)) for _ in users]
        self.queue: Queue = [[] for _ in users]  # of each user, the ages of what waits

    def step(self, grants: list[int]) -> tuple[list[int], list[int], list[int], Queue, float]:
        """Let a window pass: demand, delivered and lost of each user, what waits, reward."""
        config, rng, stake = self.config, self.rng, 0
        demand, delivered, lost = ([0] * config.N_user for _ in range(3))
        for user, grant in enumerate(grants):
            k = config.sigmoid_k_list[self.channel[user]]
            s = config.sigmoid_s_list[self.channel[user]]
            chance = 1 / (1 + math.exp(-k * (grant - s)))
            demand[user] = self.packets[self.position[user]]
            waiting, self.queue[user] = self.queue[user], []
            stake += len(waiting) + demand[user]
            for slot in range(max(config.LEN_window, len(waiting))):
                sent = waiting[slot : slot + 1] + [0] * (slot < demand[user])
                for age in sent:  # at most one packet that waited, and at most one new one
                    if rng.random() < chance:
                        delivered[user] += 1
                    elif age < config.retransmit:
                        self.queue[user].append(age + 1)
                    else:
                        lost[user] += 1
            self.position[user] = (self.position[user] + 1) % len(self.packets)
            others = [c for c in range(len(config.sigmoid_k_list)) if c != self.channel[user]]
            if others and rng.random() >= config.channel_stay:
                self.channel[user] = rng.choice(others)
        return demand, delivered, lost, self.queue, -sum(lost) / max(stake, 1)
