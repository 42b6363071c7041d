"""Physical haptic signals at 1 kHz, from which traffic is generated.

Two directions of a teleoperation session are modelled. Forward, the operator's finger position:
minimum-jerk reaches, postural drift and tremor, sent under an absolute deadband. Backward, the
remote finger's contact force: a log-force walk that alternates between holding and acting, sent
under a Weber deadband. A sample is one slot of 1 ms, so there is at most one packet a slot.

Source of the minimum-jerk profile: Flash and Hogan, J. Neurosci. 5 (1985).
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.config.base import Config, check_number
from difsched.env.slice.traffic.deadband import absolute_deadband, weber_deadband

SAMPLE_S = 1e-3  # one slot, in seconds
#: Largest value of a parameter, far beyond any hand.
MOST = 1e6
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Signal:
    """One realisation of a signal and what its codec transmits.

    Attributes
    ----------
    values : (S, D) float
        Samples at 1 kHz: position in m (D = 3) or force in N (D = 1).
    sent : (S,) bool
        Slots that carry a packet.
    scaled : (S, D) float
        The same in units of the deadband: a step of 1 is about one packet.
    """

    values: FloatArray
    sent: NDArray[np.bool_]
    scaled: FloatArray


def _check_fields(config: Config, zero_allowed: set[str]) -> None:
    for field in fields(config):
        value: Any = getattr(config, field.name)
        number = check_number(field.name, value, 0, MOST, open_low=field.name not in zero_allowed)
        object.__setattr__(config, field.name, number)


@dataclass(frozen=True)
class PositionParameters(Config):
    """Parameters of the finger position; units in the names, values and sources in the YAML.

    Attributes
    ----------
    reach_median_m, reach_log_sd : float
        Lognormal amplitude of a reach.
    reach_time_s, reach_time_slope_s : float
        A reach of amplitude A takes ``reach_time_s + reach_time_slope_s * sqrt(A / 0.2 m)``.
    reach_time_log_sd : float
        Lognormal scatter of that time.
    pause_s : float
        Mean of the exponential pause between reaches.
    pace_log_sd, pace_correlation_s : float
        Slow lognormal factor on the speed of reaches and drift: its scatter and correlation time.
    speed_limit_m_s : float
        Speed that no movement exceeds.
    workspace_m : float
        Reaches end within +- this of the centre, each axis.
    drift_speed_m_s, drift_time_s, drift_period_s : float
        Postural drift, each axis: standard deviation of its velocity, the velocity's correlation
        time, and the period of the spring that holds the hand near the centre.
    tremor_m, tremor_hz, tremor_bandwidth_hz : float
        Physiological tremor, each axis: standard deviation, centre frequency, bandwidth.
    sensor_noise_m : float
        Standard deviation of the position sensor's white noise, each axis.
    deadband_m : float
        Absolute deadband: distance from the last sent position at which the next is sent.
    """

    reach_median_m: float
    reach_log_sd: float
    reach_time_s: float
    reach_time_slope_s: float
    reach_time_log_sd: float
    pause_s: float
    pace_log_sd: float
    pace_correlation_s: float
    speed_limit_m_s: float
    workspace_m: float
    drift_speed_m_s: float
    drift_time_s: float
    drift_period_s: float
    tremor_m: float
    tremor_hz: float
    tremor_bandwidth_hz: float
    sensor_noise_m: float
    deadband_m: float

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        scatter = {"reach_log_sd", "reach_time_log_sd", "pace_log_sd", "reach_time_slope_s"}
        _check_fields(self, scatter | {"pause_s", "drift_speed_m_s", "tremor_m", "sensor_noise_m"})


@dataclass(frozen=True)
class ForceParameters(Config):
    """Parameters of the contact force; units in the names, values and sources in the YAML.

    Attributes
    ----------
    mean_force_n : float
        Force to whose logarithm the walk reverts.
    hold_step, act_step : float
        Standard deviation of the log-force's step of ``step_s`` while holding and acting.
    hold_dwell_s, act_dwell_s : float
        Mean time in each state.
    dwell_shape : float
        Shape of the gamma law of these times: 1 is exponential, more is more regular.
    hold_log_sd, act_log_sd : float
        Lognormal scatter of the step in each state, by one activity factor of both.
    activity_correlation_s : float
        Correlation time of that factor, which changes from dwell to dwell.
    step_s : float
        Time between the walk's steps; linear in between.
    reversion_per_s : float
        Rate at which the log-force reverts to its mean.
    weber_fraction : float
        Relative deadband: change over the last sent force at which the next is sent.
    floor_n : float
        The deadband shrinks with the force down to this force, no further.
    """

    mean_force_n: float
    hold_step: float
    act_step: float
    hold_dwell_s: float
    act_dwell_s: float
    dwell_shape: float
    hold_log_sd: float
    act_log_sd: float
    activity_correlation_s: float
    step_s: float
    reversion_per_s: float
    weber_fraction: float
    floor_n: float

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        _check_fields(self, {"hold_step", "act_step", "hold_log_sd", "act_log_sd", "floor_n"})


def minimum_jerk(phase: FloatArray) -> FloatArray:
    """Return the share of a reach done at ``phase``: 10 s^3 - 15 s^4 + 6 s^5, s clipped to 0..1."""
    s = np.clip(phase, 0.0, 1.0)
    return s**3 * (10.0 - 15.0 * s + 6.0 * s**2)


def fold(x: FloatArray, bound: float) -> FloatArray:
    """Reflect ``x`` at +-``bound`` as often as needed: a walk becomes a walk in a box."""
    return np.abs(np.mod(x - bound, 4.0 * bound) - 2.0 * bound) - bound


def _filtered(numerator: ArrayLike, denominator: ArrayLike, values: FloatArray) -> FloatArray:
    """Return what a linear filter makes of values along axis 0."""
    from scipy.signal import lfilter  # slow to import, and traces are made once

    return np.asarray(lfilter(numerator, denominator, values, axis=0))


def _stationary_ar1(noise: FloatArray, correlation: float) -> FloatArray:
    """Filter unit white noise (axis 0) into a unit-variance AR(1) process, started at rest law."""
    drive = noise * np.sqrt(1.0 - correlation**2)
    drive[0] = noise[0]
    return _filtered([1.0], [1.0, -correlation], drive)


def reaches(p: PositionParameters, samples: int, rng: np.random.Generator) -> FloatArray:
    """Return ``(samples, 3)`` positions in m of minimum-jerk reaches with pauses between them."""
    # More reaches than the time can hold: no reach is shorter on average than reach_time_s.
    n = int(1.2 * samples * SAMPLE_S / (p.reach_time_s + p.pause_s)) + 50
    heading = rng.standard_normal((n, 3))
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    amplitude = p.reach_median_m * np.exp(p.reach_log_sd * rng.standard_normal((n, 1)))
    stops = fold(np.cumsum(heading * amplitude, axis=0), p.workspace_m)
    moves = np.diff(stops, axis=0, prepend=np.zeros((1, 3)))
    reached = np.linalg.norm(moves, axis=1)

    time = p.reach_time_s + p.reach_time_slope_s * np.sqrt(reached / 0.2)
    time *= np.exp(p.reach_time_log_sd * rng.standard_normal(n))
    pause = rng.exponential(p.pause_s, n) if p.pause_s else np.zeros(n)

    starts = np.concatenate(([0.0], np.cumsum(time + pause)[:-1]))
    first = np.ceil(starts / SAMPLE_S).astype(np.int64)
    first = first[first < samples]
    m = len(first)
    of_sample = np.repeat(np.arange(m), np.diff(first, append=samples))
    phase = (np.arange(samples) * SAMPLE_S - starts[of_sample]) / time[of_sample]
    share = minimum_jerk(phase)[:, None]
    return stops[of_sample] - (1.0 - share) * moves[of_sample]


def drift(p: PositionParameters, samples: int, rng: np.random.Generator) -> FloatArray:
    """Return ``(samples, 3)`` positions in m of a damped spring shaken by white noise."""
    noise = rng.standard_normal((samples, 3))
    friction, stiffness = 1.0 / p.drift_time_s, (2.0 * np.pi / p.drift_period_s) ** 2
    poles = np.exp(np.roots([1.0, friction, stiffness]) * SAMPLE_S)
    # Velocity variance of x'' = -friction x' - stiffness x + noise is (noise density) / 2 friction.
    gain = p.drift_speed_m_s * np.sqrt(2.0 * friction * SAMPLE_S) * SAMPLE_S
    return _filtered([gain], np.poly(poles).real, noise)


def tremor(p: PositionParameters, samples: int, rng: np.random.Generator) -> FloatArray:
    """Return ``(samples, 3)`` positions in m of narrow-band noise around the tremor frequency."""
    radius = np.exp(-np.pi * p.tremor_bandwidth_hz * SAMPLE_S)
    a1 = -2.0 * radius * np.cos(2.0 * np.pi * p.tremor_hz * SAMPLE_S)
    a2 = radius**2
    variance = (1.0 + a2) / ((1.0 - a2) * ((1.0 + a2) ** 2 - a1**2))  # of an AR(2), unit noise
    noise = rng.standard_normal((samples, 3))
    return _filtered([p.tremor_m / np.sqrt(variance)], [1.0, a1, a2], noise)


def movement_time(p: PositionParameters, path: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return ``(S,)`` the time in ms at which each sample of a movement is made.

    A step that would take 1 ms takes ``sqrt(1 / pace^2 + (speed / limit)^2)`` ms: the operator's
    pace varies slowly, and however large the reach, his speed stays below the limit.
    """
    memory = float(np.exp(-SAMPLE_S / p.pace_correlation_s))
    log_pace = p.pace_log_sd * _stationary_ar1(rng.standard_normal(len(path)), memory)
    step = np.linalg.norm(np.diff(path, axis=0, prepend=path[:1]), axis=1)
    limit = p.speed_limit_m_s * SAMPLE_S
    return np.cumsum(np.hypot(np.exp(p.pace_log_sd**2 / 2.0 - log_pace), step / limit))


def movement(p: PositionParameters, samples: int, rng: np.random.Generator) -> FloatArray:
    """Return ``(samples, 3)`` positions in m of reaches and drift at the operator's pace."""
    made = samples + 1000
    while True:
        path = reaches(p, made, rng) + drift(p, made, rng)
        time = movement_time(p, path, rng)
        if time[-1] >= samples:  # nearly always: the mean step takes more than 1 ms
            ticks = np.arange(samples, dtype=np.float64)
            return np.stack([np.interp(ticks, time, axis) for axis in path.T], axis=1)
        made *= 2


def position(p: PositionParameters, samples: int, rng: np.random.Generator) -> Signal:
    """Return ``samples`` ms of finger position and its transmissions."""
    values = movement(p, samples, rng)
    values += tremor(p, samples, rng)
    values += p.sensor_noise_m * rng.standard_normal(values.shape)
    return Signal(values, absolute_deadband(values, p.deadband_m), values / p.deadband_m)


def acting(p: ForceParameters, steps: int, rng: np.random.Generator) -> FloatArray:
    """Return ``(steps,)`` step sizes of the log-force: hold and act in turn, dwell by dwell."""
    cycle = p.hold_dwell_s + p.act_dwell_s
    n = int(2.4 * steps * p.step_s / cycle) + 50  # more dwells than the time can hold
    is_act = (np.arange(n) + rng.integers(2)) % 2 == 1
    mean = np.where(is_act, p.act_dwell_s, p.hold_dwell_s)
    ends = np.cumsum(mean * rng.gamma(p.dwell_shape, 1.0 / p.dwell_shape, n))
    memory = float(np.exp(-0.5 * cycle / p.activity_correlation_s))
    activity = _stationary_ar1(rng.standard_normal(n), memory)
    hold = p.hold_step * np.exp(p.hold_log_sd * activity)
    act = p.act_step * np.exp(p.act_log_sd * activity)
    size = np.where(is_act, act, hold)
    return size[np.searchsorted(ends, np.arange(steps) * p.step_s, side="right")]


def force(p: ForceParameters, samples: int, rng: np.random.Generator) -> Signal:
    """Return ``samples`` ms of contact force and its transmissions."""
    steps = int(np.ceil(samples * SAMPLE_S / p.step_s)) + 2
    shocks = acting(p, steps, rng) * rng.standard_normal(steps)
    walk = _filtered([1.0], [1.0, -np.exp(-p.reversion_per_s * p.step_s)], shocks)
    log_force = np.interp(np.arange(samples) * SAMPLE_S, np.arange(steps) * p.step_s, walk)
    values = p.mean_force_n * np.exp(log_force)
    scaled = np.log(np.maximum(values, p.floor_n)) / p.weber_fraction
    sent = weber_deadband(values, p.weber_fraction, p.floor_n)
    return Signal(values[:, None], sent, scaled[:, None])
