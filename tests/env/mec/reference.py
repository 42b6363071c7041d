"""The slot as the original's documents word it: plain loops over UEs, one window."""

import math

from difsched.env.mec.config import MecConfig


def floor_share(claims: list[float], least: float) -> list[float]:
    total = sum(claims)
    parts = [claim / total if total > 0 else 1 / len(claims) for claim in claims]
    return [least + (1 - least * len(claims)) * part for part in parts]


def radio(config: MecConfig, data: float, distance: float, share: float) -> tuple[float, float]:
    """Upload time, s, and energy, J."""
    hertz = config.bandwidth_mhz * 1e6
    if config.radio == "urban_micro":
        loss = 43.3 + 31.9 * math.log10(max(distance, 1.0)) + 7.0
        received = config.power_w * 10 ** (-loss / 10)
        efficiency = min(math.log2(1 + received / (hertz * config.noise_w_hz)), 7.4)
        seconds = 1e6 * data / (share * hertz * efficiency)
        return seconds, config.power_w * share * seconds
    received = config.power_w / max(distance, 1.0) ** 2
    efficiency = math.log2(1 + received / (share * hertz * config.noise_w_hz))
    seconds = 1e6 * data / (share * hertz * efficiency)
    return seconds, config.power_w * seconds


def slot(
    config: MecConfig,
    tasks: list[list[float]],
    share: list[float],
    priority: list[float],
    claim: list[float],
    busy: list[float],
) -> dict[str, list[float]]:
    """Completion, QoS and energy of each UE, and when each queue is done."""
    users = range(config.users)
    cluster = [int(row[5]) if config.clusters > 1 else 0 for row in tasks]
    offloaded = [share[i] > 0 and share[i] >= config.least_share * (1 - 1e-6) for i in users]
    total = sum(share[i] for i in users if offloaded[i])
    claims = [0.0] * config.clusters
    for i in users:
        if offloaded[i]:
            claims[cluster[i]] += claim[i]
    # The original has a least clock, too: 1 MHz.
    compute = floor_share(claims, max(config.least_compute, min(1e-4, 1 / config.clusters)))

    completion, energy = [0.0] * config.users, [0.0] * config.users
    ready = [0.0] * config.users
    for i in users:
        data, cycles, _, distance, speed = tasks[i][:5]
        if offloaded[i]:
            ready[i], energy[i] = radio(config, data, distance, share[i] / total)
        else:
            completion[i] = cycles / speed
            energy[i] = config.kappa * cycles * 1e9 * (speed * 1e9) ** 2
    clock = list(busy)
    for queue in range(config.clusters):
        waiting = [i for i in users if offloaded[i] and cluster[i] == queue]
        for i in sorted(waiting, key=lambda i: (-priority[i], i)):
            seconds = tasks[i][1] / (config.server_ghz * compute[queue])
            clock[queue] = max(clock[queue], ready[i]) + seconds
            completion[i] = clock[queue]
            used = seconds if config.server_power == "whole" else tasks[i][1] / config.server_ghz
            energy[i] += config.server_w * used
    quality = []
    for i in users:
        time, deadline = completion[i], tasks[i][2]
        if time <= deadline:
            quality.append(1.0)
        elif time < 2 * deadline:
            quality.append(1 - (time - deadline) / deadline)
        else:
            quality.append(0.0)
    return {"completion": completion, "quality": quality, "energy": energy, "busy": clock}
