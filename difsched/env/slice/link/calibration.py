"""What slope k and midpoint s of a link mean physically.

A packet of b bits on r RBs gets through when the RBs can carry it: r W T log2(1 + SINR) >= b with
the bandwidth W of an RB and the slot T (capacity: Shannon, Bell Syst. Tech. J. 27, 1948; power
goes with the RBs, so that the SINR does not depend on r). The SINR of a packet is lognormal, in dB
Gaussian, as shadowing (3GPP TR 38.901, 7.4.1) and a sum of interferers (Fenton, IRE Trans. Commun.
Syst. 8, 1960) make it. Then

    P(success on r RBs) = Phi((m - 10 log10(2^(b / (r W T)) - 1)) / d)

with mean m and deviation d of the SINR in dB, and the normal distribution function Phi. The link
curve sigma(k (r - s)) is fitted to it by least squares. It keeps sigma(-k s) at r = 0, the
grant-free fallback, where the physical curve is 0.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares
from scipy.special import logit, ndtr

from difsched.config.base import Config, build, check_int, check_names, check_number, read_fields
from difsched.config.manager import PACKAGED
from difsched.env.slice.link.sigmoid import success_probability
from difsched.errors import InputError, within
from difsched.typing import Floats

CONDITIONS = PACKAGED / "link" / "default.yaml"


@dataclass(frozen=True)
class LinkConditions(Config):
    """Physical conditions of a user's link.

    Attributes
    ----------
    packet_bits : int
        Bits of a packet b, headers included, >= 1.
    mean_sinr_db : float
        Mean SINR m, dB.
    spread_db : float
        Deviation of the SINR d, dB, > 0.
    rb_bandwidth_hz : float
        Bandwidth of an RB W, Hz, > 0: 12 subcarriers of 15 kHz (3GPP TS 38.211, 4.4.4.1).
    slot_s : float
        Length of a slot T, s, > 0.
    """

    packet_bits: int
    mean_sinr_db: float
    spread_db: float
    rb_bandwidth_hz: float = 180e3
    slot_s: float = 1e-3

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_int("packet_bits", self.packet_bits, 1, 10**9)
        check_number("mean_sinr_db", self.mean_sinr_db, -200, 200)
        for name, most in (("spread_db", 200), ("rb_bandwidth_hz", 1e12), ("slot_s", 1e3)):
            check_number(name, getattr(self, name), 0, most, open_low=True)


@dataclass(frozen=True)
class LinkFit:
    """A fitted link curve.

    Attributes
    ----------
    slope, midpoint : float
        k (1/RB) and s (RB).
    rms_error : float
        Root mean square distance from the physical curve over the RBs of the fit.
    """

    slope: float
    midpoint: float
    rms_error: float


def required_sinr_db(conditions: LinkConditions, grant: ArrayLike) -> Floats:
    """Return the SINR in dB at which a packet just fits on ``grant`` RBs; infinite on none."""
    symbols = np.asarray(grant) * conditions.rb_bandwidth_hz * conditions.slot_s
    with np.errstate(divide="ignore", over="ignore"):
        sinr = np.expm1(conditions.packet_bits * np.log(2) / symbols)
        return np.asarray(10 * np.log10(sinr))


def physical_success(conditions: LinkConditions, grant: ArrayLike) -> Floats:
    """Return the probability that a packet gets through on ``grant`` RBs a slot, any shape."""
    margin = conditions.mean_sinr_db - required_sinr_db(conditions, grant)
    return np.asarray(ndtr(margin / conditions.spread_db))


def fit_link(success: ArrayLike, grants: ArrayLike | None = None) -> LinkFit:
    """Fit sigma(k (r - s)) to a success curve by least squares.

    Parameters
    ----------
    success : (R,) array_like
        Probabilities. Every r weighs the same: a scheduler may grant any.
    grants : (R,) array_like, optional
        On how many RBs r, ascending; 0, 1, ..., R - 1 when left out.

    Returns
    -------
    LinkFit

    Raises
    ------
    InputError
        If the curve never reaches 1/2, or is flat, so that it has no midpoint.
    """
    curve = np.asarray(success, dtype=np.float64)
    if curve.ndim != 1 or not (curve.max() >= 0.5 and curve.min() < curve.max()):
        raise InputError(
            f"success = {curve.min():.3g}..{curve.max():.3g}: must reach 0.5 on some "
            "RBs, and be lower on others"
        )
    rbs = np.asarray(np.arange(len(curve)) if grants is None else grants, dtype=np.float64)
    start = _first_guess(curve, rbs)

    def errors(parameters: Floats) -> Floats:
        return success_probability(rbs, np.exp(parameters[0]), parameters[1]) - curve

    found = least_squares(errors, start, xtol=1e-12, ftol=1e-12, gtol=1e-12)
    return LinkFit(
        slope=float(np.exp(found.x[0])),
        midpoint=float(found.x[1]),
        rms_error=float(np.sqrt(np.mean(found.fun**2))),
    )


def _first_guess(curve: Floats, rbs: Floats) -> list[float]:
    """Return log k and s where the least squares begin."""
    first = int(np.argmax(curve >= 0.5))
    if first:
        # From the curve itself: s where it crosses 1/2, k four times its slope there.
        rise = (curve[first] - curve[first - 1]) / (rbs[first] - rbs[first - 1])
        return [np.log(4 * rise), rbs[first] - (curve[first] - 0.5) / rise]
    # Above 1/2 from the fewest RBs: through the log odds of the first point and the next above it.
    odds = logit(np.clip(curve, 1e-6, 1 - 1e-6))
    later = int(np.argmax(curve > curve[0])) or len(curve) - 1
    slope = max((odds[later] - odds[0]) / (rbs[later] - rbs[0]), 1e-3)
    return [np.log(slope), rbs[0] - odds[0] / slope]


def calibrate(conditions: LinkConditions, budget: int = 100) -> LinkFit:
    """Return the link curve of physical conditions, fitted on 0..``budget`` RBs.

    Raises
    ------
    InputError
        If less than half of the packets get through on the whole budget.
    """
    return fit_link(physical_success(conditions, np.arange(check_int("budget", budget, 1) + 1)))


def load_conditions(path: str | Path = CONDITIONS) -> dict[str, LinkConditions]:
    """Return named conditions from YAML; the packaged file when ``path`` is left out.

    Raises
    ------
    InputError
        If the file cannot be read, or a value is missing, unknown or not allowed.
    """
    values = read_fields(path)
    with within(f"{path}: "):
        names = [field.name for field in fields(LinkConditions)]
        check_names("a link", values, ["conditions", *names], ["conditions"])
        conditions = values.pop("conditions")
        if not isinstance(conditions, dict):
            raise InputError(f"conditions = {conditions!r}: must map names to conditions")
        return {
            str(name): build(LinkConditions, f"conditions.{name}", _together(values, own))
            for name, own in conditions.items()
        }


def _together(common: dict[str, Any], own: Any) -> Any:
    """Return the fields that all conditions share and those of one, if it has any."""
    return common | own if isinstance(own, dict) else own
