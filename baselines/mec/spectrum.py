"""The best spectrum for given offloaders in a given order, with a dual bound.

The UEs 1..m offload in this order and nobody else does. Task i is done at

    F_i = max_{j <= i} (u_j(th_j) + E_ji),    E_ji = service times from j to i,

so the reward, w_q (1 - max(0, F_i - T_i) / T_i) summed less the energy, is concave in the shares
th: upload times u_j are convex in them. (A QoS below 0 is counted as negative here; who ends so
late is better left out of the order.) Multipliers mu_ij >= 0, sum_j mu_ij <= 1, give the bound

    const - w_q sum_ij mu_ij (E_ji - T_i) / T_i - min_th sum_j W_j u_j(th_j),
    W_j = w_e P + w_q sum_i mu_ij / T_i.

One iteration gives both: mu is a softmax of the latenesses that sharpens, th follows W.
"""

from dataclasses import dataclass, fields

import numpy as np

from difsched.env.mec.config import MecConfig
from difsched.env.mec.physics import density_efficiency, server_seconds, signal_to_noise
from difsched.typing import Floats

#: Temperature of the softmax at the first and the last step, in units of a deadline.
FIRST, LAST = 0.3, 0.003


@dataclass(frozen=True)
class Radio:
    """What upload times depend on, arrays of one shape (..., m).

    Attributes
    ----------
    airtime : ndarray of float
        Upload time with the whole band at 1 bit/s/Hz, s; or at the UE's own efficiency, if that
        does not depend on the share.
    ratio : ndarray of float
        Signal-to-noise ratio over the whole band; infinite if efficiency does not depend on the
        share.
    """

    airtime: Floats
    ratio: Floats


@dataclass(frozen=True)
class Orders:
    """R rows of m UEs in the order of service.

    Attributes
    ----------
    window : (R,) ndarray of int
    users : (R, m) ndarray of int
        Who is served first, second, ...
    radio : Radio
        (R, m).
    deadline : (R, m) ndarray of float
    span : (R, m, m) ndarray of float
        E_ji at [:, i, j] for j <= i, s; -inf for j > i.
    base : (R,) ndarray of float
        Rewards of the others when they compute locally, and w_q - w_e J of those served without
        what depends on the shares.
    relief : (R,) ndarray of float
        What the others could gain at most by offloading with a vanishing share.
    """

    window: np.ndarray
    users: np.ndarray
    radio: Radio
    deadline: Floats
    span: Floats
    base: Floats
    relief: Floats

    def take(self, rows: np.ndarray) -> "Orders":
        """Return some of the rows."""
        radio = Radio(self.radio.airtime[rows], self.radio.ratio[rows])
        return Orders(
            self.window[rows],
            self.users[rows],
            radio,
            self.deadline[rows],
            self.span[rows],
            self.base[rows],
            self.relief[rows],
        )


def spans(cycles: Floats, config: MecConfig) -> Floats:
    """Return E_ji at [..., i, j], (..., m, m), for UEs in order; -inf for j > i."""
    done = server_seconds(cycles, config).cumsum(axis=-1)
    before = np.concatenate([np.zeros_like(done[..., :1]), done[..., :-1]], axis=-1)
    size = cycles.shape[-1]
    span = done[..., :, None] - before[..., None, :]
    return np.where(np.tri(size, dtype=np.bool_), span, -np.inf)


def band(data: Floats, distance: Floats, config: MecConfig) -> Radio:
    """Return the `Radio` of UEs with so many Mbit, so far away."""
    if config.radio == "urban_micro":
        efficiency = density_efficiency(distance, config)
        return Radio(data / (config.bandwidth_mhz * efficiency), np.full(data.shape, np.inf))
    return Radio(data / config.bandwidth_mhz, signal_to_noise(distance, config))


def upload(radio: Radio, share: Floats) -> tuple[Floats, Floats]:
    """Return upload times u(th) and their derivatives."""
    if np.isinf(radio.ratio).all():
        time = radio.airtime / share
        return time, -time / share
    efficiency = np.log2(1 + radio.ratio / share)
    rate = share * efficiency
    slope = efficiency - radio.ratio / ((share + radio.ratio) * np.log(2))
    time = radio.airtime / rate
    return time, -time * slope / rate


def upload_price(config: MecConfig) -> float:
    """Return w_e P, the price of a second of upload; 0 if its energy is the same anyway."""
    constant = config.radio == "urban_micro"
    return 0.0 if constant else config.weight_energy * config.power_w


def full_band_bound(orders: Orders, config: MecConfig) -> Floats:
    """Return the value if each UE had the whole band, (R,): no share can do better.

    -inf where a task would still end after twice its deadline: such orders need not be looked at.
    """
    time, _ = upload(orders.radio, np.ones_like(orders.deadline))
    late = _lateness(orders, time).max(axis=-1).clip(min=0.0)
    value = orders.base + orders.relief - config.weight_qos * late.sum(axis=-1)
    value -= upload_price(config) * time.sum(axis=-1)
    return np.where((late <= 1).all(axis=-1), value, -np.inf)


def _lateness(orders: Orders, time: Floats) -> Floats:
    """Return (u_j + E_ji - T_i) / T_i at [:, i, j]; -inf for j > i."""
    deadline = orders.deadline[:, :, None]
    return (time[:, None, :] + orders.span - deadline) / deadline


def _price(orders: Orders, mu: Floats, config: MecConfig) -> Floats:
    """Return W_j, the price of a second of j's upload, (R, m)."""
    late = (mu / orders.deadline[:, :, None]).sum(axis=1)
    return upload_price(config) + config.weight_qos * late


def _cheapest(orders: Orders, price: Floats, share: Floats, time: Floats, slope: Floats) -> Floats:
    """Bound min_th sum_j W_j u_j(th_j) from below, (R,)."""
    if np.isinf(orders.radio.ratio).all():
        return np.sqrt(price * orders.radio.airtime).sum(axis=-1) ** 2
    # The tangent at the present shares; its minimum over the simplex is at a corner.
    return (price * (time - slope * share)).sum(axis=-1) + (price * slope).min(axis=-1)


@dataclass(frozen=True)
class Iterate:
    """Where the iteration of some orders stands: shares, multipliers, their value and bound."""

    share: Floats
    mu: Floats
    value: Floats
    bound: Floats

    def take(self, rows: np.ndarray) -> "Iterate":
        """Return some of the rows."""
        return Iterate(*(getattr(self, part.name)[rows] for part in fields(self)))


def start(orders: Orders, config: MecConfig) -> Iterate:
    """Return the first iterate: shares by D / T, nobody late."""
    need = orders.radio.airtime / orders.deadline
    rows, size = need.shape
    unknown = np.full(rows, np.inf)
    share = need / need.sum(axis=-1, keepdims=True)
    return Iterate(share, np.zeros((rows, size, size)), -unknown, unknown)


def heat_and_damping(progress: float) -> tuple[float, float]:
    """Return the temperature of the softmax and the step of the multipliers.

    The step shrinks with the temperature: otherwise sharp multipliers jump and bounds get worse.
    """
    heat = FIRST * (LAST / FIRST) ** progress
    return heat, min(0.5, heat / 0.2)


def soft_multipliers(late: Floats, worst: Floats, heat: float) -> Floats:
    """Return the softmax over j of the latenesses [..., i, j] and of 0, for not late.

    Parameters
    ----------
    late : (..., m, m) ndarray of float
    worst : (..., m) ndarray of float
        Its largest entry for each i, or 0.
    heat : float
        Temperature.
    """
    weights = np.exp((late - worst[..., None]) / heat)
    return weights / (weights.sum(axis=-1) + np.exp(-worst / heat))[..., None]


def improve(orders: Orders, now: Iterate, progress: float, config: MecConfig) -> Iterate:
    """Return the next iterate; ``progress`` goes from 0 at the first step to 1 at the last.

    Its value belongs to the shares that went in; its bound is the best one so far.
    """
    heat, damping = heat_and_damping(progress)
    time, slope = upload(orders.radio, now.share)
    late = _lateness(orders, time)
    worst = late.max(axis=-1).clip(min=0.0)
    value = orders.base - config.weight_qos * worst.sum(axis=-1)
    value = value - upload_price(config) * time.sum(axis=-1)

    mu = now.mu + damping * (soft_multipliers(late, worst, heat) - now.mu)
    price = _price(orders, mu, config)
    # E_ji is -inf where mu is 0.
    span = np.where(np.isfinite(orders.span), orders.span, 0.0)
    deadline = orders.deadline[:, :, None]
    fixed = (mu * (span - deadline) / deadline).sum(axis=(1, 2))
    cheapest = _cheapest(orders, price, now.share, time, slope)
    bound = orders.base + orders.relief - config.weight_qos * fixed - cheapest

    new = now.share * np.sqrt(np.maximum(-price * slope, 0.0)) + 1e-12
    new /= new.sum(axis=-1, keepdims=True)
    share = np.sqrt(now.share * new)
    share = share / share.sum(axis=-1, keepdims=True)
    return Iterate(share, mu, value, np.minimum(now.bound, bound))
