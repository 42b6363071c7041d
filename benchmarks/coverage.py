"""Coverage of the suite's intervals with three seeds, by simulation.

``python -m benchmarks.coverage`` prints, for a nominal 95 %, how often intervals hold the
truth: first of the paired difference of two methods on a configuration, then of the statistics
across configurations. Beside them stand the intervals that would be simpler.
"""

import sys
from collections.abc import Callable, Sequence

import numpy as np

from difsched.evaluation.across import (
    STATISTICS,
    improvement_interval,
    normalised_score,
    score_interval,
)
from difsched.evaluation.crossed import (
    episodes_half_width,
    leave_one_out,
    paired_interval,
    seeds_half_width,
)
from difsched.evaluation.profiles import performance_profile, prediction_reach, profile_band
from difsched.evaluation.statistics import t_interval
from difsched.typing import Floats
from difsched.utils.seeding import rng
from difsched.utils.terminal import OneLineParser

SEEDS, EPISODES, CONFIGS = 3, 100, 8
REPEATS = 500
RESAMPLES = 200
#: Laws of what a seed does to a method's loss: mean 0, variance 1.
LAWS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Floats]] = {
    "normal": lambda generator, shape: generator.standard_normal(shape),
    "heavy-tailed": lambda generator, shape: generator.standard_t(3, shape) / np.sqrt(3),
    "skewed": lambda generator, shape: generator.exponential(size=shape) - 1,
}
#: Standard deviations of a loss as the suite's runs have them: method x episode, and the rest.
EPISODE, REST = 0.005, 0.001
#: Standard error of the mean over seeds, over that of the mean over episodes.
RATIOS = (0.0, 0.5, 1.0, 2.0, 8.0)
#: Expected losses and their standard deviations over seeds on eight configurations: scores of 85
#: to 100, of which seeds move some by a tenth of a point and others by several.
LOSS = 0.25 + 0.15 * np.array([0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.15])
SPREAD = 0.0015 * np.array([0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0, 4.0])
EQUAL, BEST = 0.40, 0.25


def paired_coverage(
    law: str, spreads: Sequence[float], repeats: int = REPEATS
) -> tuple[float, float, float]:
    """Return how often the interval of a difference holds the truth, 0.

    Parameters
    ----------
    law : str
        Of ``LAWS``.
    spreads : sequence of two float
        Standard deviations over the seeds of the two methods; 0 stands for one without seeds.
    repeats : int
        Simulated comparisons.

    Returns
    -------
    tuple of float
        Shares: the suite's interval; Student's t over seeds alone (NaN without any), and over
        episodes alone.
    """
    generator = rng(1, "coverage", law, *map(str, spreads))
    hits = []
    for _ in range(repeats):
        a, b = (_losses(generator, law, np.array([spread])) for spread in spreads)
        a, b = a[:, 0], b[:, 0] if spreads[1] else b[:1, 0]
        ours = paired_interval(a, b)
        by_seed = t_interval(a.mean(axis=1) - b.mean(axis=1))
        by_episode = t_interval(a.mean(axis=0) - b.mean(axis=0))
        intervals = (ours, by_seed, by_episode)
        hits.append([abs(part.mean) <= part.half_width for part in intervals])
    shares = np.mean(hits, axis=0)
    return float(shares[0]), float(shares[1]), float(shares[2])


def _losses(generator: np.random.Generator, law: str, spread: Floats) -> Floats:
    """Return losses (S, M, E) about 0: seeds, method x episode, and the rest."""
    shape = (SEEDS, len(spread), EPISODES)
    seeds = spread[:, None] * LAWS[law](generator, (*shape[:2], 1))
    episodes = EPISODE * generator.standard_normal((1, *shape[1:]))
    return seeds + episodes + REST * generator.standard_normal(shape)


def overall_coverage(law: str, repeats: int = REPEATS) -> dict[str, tuple[float, float]]:
    """Return statistic -> how often its interval holds the truth, and how often a bootstrap's.

    The truth is that of endless seeds and episodes. The bootstrap resamples the seeds within each
    configuration and takes percentiles.
    """
    generator = rng(1, "coverage", law)
    endless = LOSS + SPREAD * LAWS[law](generator, (100_000, CONFIGS))
    truth = normalised_score(endless, EQUAL, BEST)
    rival = LOSS + SPREAD * LAWS[law](generator, (100_000, CONFIGS)) + SPREAD
    values = {name: float(statistic.value(truth)) for name, statistic in STATISTICS.items()}
    improvement = float((endless < rival).mean())
    hits: dict[str, list[tuple[bool, bool]]] = {}

    def note(name: str, value: float, ends: Sequence[float], resampled: Floats) -> None:
        low, high = np.percentile(resampled, [2.5, 97.5])
        pair = ends[0] <= value <= ends[1], low <= value <= high
        hits.setdefault(name, []).append((bool(pair[0]), bool(pair[1])))

    for _ in range(repeats):
        scores, left_out = _scores(generator, law, LOSS)
        again = _resample(generator, scores)
        for name, statistic in STATISTICS.items():
            ends = score_interval(name, scores, [left_out])
            note(name, values[name], (ends.low, ends.high), statistic.value(again))
        theirs, their_left_out = _scores(generator, law, LOSS + SPREAD)
        reach = _reach(left_out.mean(axis=1) - their_left_out.mean(axis=1))
        wins = again[:, :, None] > _resample(generator, theirs)[:, None]
        ends_of_share = improvement_interval(scores, theirs, reach, scores.size)
        note("improvement", improvement, ends_of_share, wins.mean(axis=(1, 2, 3)))
        # A threshold where runs are: anywhere else every profile is flat and certain.
        threshold = generator.choice(truth.ravel(), 1)
        seeds = [seeds_half_width(column[:, None]) for column in scores.T]
        reach = prediction_reach(seeds, _reach(left_out.mean(axis=1)), SEEDS)
        band = [float(end[0]) for end in profile_band(scores, reach, threshold)]
        share_above = float(performance_profile(truth, threshold)[0])
        note("profile", share_above, band, (again >= threshold).mean(axis=(1, 2)))
    return {
        name: (float(np.mean([ours for ours, _ in pairs])), float(np.mean([b for _, b in pairs])))
        for name, pairs in hits.items()
    }


def _scores(generator: np.random.Generator, law: str, loss: Floats) -> tuple[Floats, Floats]:
    """Return scores (S, M) of a method and the same without each episode (E, S, M)."""
    losses = loss[:, None] + _losses(generator, law, SPREAD)
    scores = normalised_score(losses.mean(axis=2), EQUAL, BEST)
    return scores, normalised_score(leave_one_out(losses), EQUAL, BEST)


def _reach(left_out: Floats) -> Floats:
    """Return the half widths (M,) that the episodes give to means without each of them (E, M)."""
    return np.array([episodes_half_width(column) for column in left_out.T])


def _resample(generator: np.random.Generator, scores: Floats) -> Floats:
    """Return the scores (S, M) with seeds drawn again within configurations, as (R, S, M)."""
    chosen = generator.integers(len(scores), size=(RESAMPLES, *scores.shape))
    return np.take_along_axis(scores[None], chosen, axis=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = OneLineParser(prog="./run_all.sh bench coverage")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="simulations of each line")
    repeats = parser.parse_args(arguments).repeats
    print(
        f"Coverage in % for a nominal 95 %: {SEEDS} seeds, {EPISODES} episodes, {repeats} trials."
    )
    print("Paired difference; ratio: standard error that seeds give over that of episodes.")
    heads = ("seeds", 14), ("of", 7), ("ratio", 7), ("ours", 8), ("t, seeds", 10)
    print("".join(f"{head:>{n}}" for head, n in (*heads, ("t, episodes", 13))))
    for law in LAWS:
        for second, name in ((1.0, "both"), (0.0, "one")):
            for ratio in RATIOS:
                spread = ratio * EPISODE * np.sqrt(2 * SEEDS / EPISODES)
                row = paired_coverage(law, (spread, second * spread), repeats)
                cells = "".join(f"{100 * x:>{n}.1f}" for x, n in zip(row, (8, 10, 13), strict=True))
                print(f"{law:>14}{name:>7}{ratio:>7.1f}{cells}", flush=True)
    print(f"Statistics across {CONFIGS} configurations.")
    print(f"{'seeds':>14}{'statistic':>18}{'ours':>8}{'bootstrap':>12}")
    for law in LAWS:
        for statistic, (ours, bootstrap) in overall_coverage(law, repeats).items():
            print(f"{law:>14}{statistic:>18}{100 * ours:>8.1f}{100 * bootstrap:>12.1f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
