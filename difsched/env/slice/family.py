"""The slice as a problem family: what data, training and evaluation know of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.allocation import check_allocation, scale_to_budget
from difsched.env.slice.arrays import user_parts
from difsched.env.slice.columns import CHANNEL, DEBT, PACKETS, Column, Past, waiting
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.debt import MOST_DEBT, promise_kept
from difsched.env.slice.random_data import RandomPolicy, collect_random
from difsched.env.slice.simulator import QOS_LOSS, Simulator
from difsched.env.slice.simulator import Step as SliceStep
from difsched.env.slice.traffic.generator import Trace, Traffic, TrafficGenerator, load_traffic
from difsched.env.slice.view import check_view, features_of, full_view, seen_traffic, view_of
from difsched.evaluation.fairness import LOSS_LEVELS, jain_index, level_counts
from difsched.family import Budget, Family, Metric, References, Step, mean_outcome
from difsched.typing import Floats
from difsched.utils.knapsack import allocate

#: Why losses of a slice in which packets are sent again have no score.
PACKETS_WAIT = "the per-window oracle is no bound where packets wait"
#: Where the distribution of the users' losses says how many have their QoS met.
QOS_LEVEL = int(np.searchsorted(LOSS_LEVELS, QOS_LOSS))


def load(name: int | str) -> EnvironmentConfig:
    """Return the slice of a number, a name, or a YAML file with what differs from the default."""
    if str(name).endswith((".yaml", ".yml")):
        return EnvironmentConfig.from_yaml(str(name))
    return ConfigManager().load_env_config(name)


class ResourceBlocks(Budget):
    """Requests for RBs that spend the budget B; what is granted are whole RBs."""

    @property
    def grants(self) -> Floats:
        """Return the RBs that a user can have, 0..B."""
        return np.arange(self.high + 1)

    def maximize(self, values: Floats) -> NDArray[np.int64]:
        """Return the best whole RBs (W, N); see `allocate`."""
        return allocate(values)

    def check(self, action: ArrayLike, observation: Floats) -> NDArray[np.int64]:
        """Return whole RBs (W, N) in proportion to requests (W, N), spending the budget.

        Negative requests count as zero; a row of zeros is split equally.
        """
        requests = np.maximum(self.finite(action, observation), 0.0)
        return scale_to_budget(requests, int(self.of(observation)))

    def request(self, action: NDArray[Any]) -> Floats:
        """Return requests (W, N) in the proportion of grants, whose largest is all of the budget.

        They spread over the whole box, however many users there are.
        """
        most = np.maximum(action.max(axis=-1, keepdims=True), 1)
        return action * self.high / most


def actions(config: EnvironmentConfig) -> ResourceBlocks:
    """Return what may be asked for: RBs >= 0 that spend the budget B."""
    return ResourceBlocks(low=0.0, high=float(config.B), budget=float(config.B), equality=True)


class SliceWindows:
    """A slice's copies, stepped as every family's are.

    Episodes end where whoever steps them ends them: the traffic goes on.

    Parameters
    ----------
    simulator : Simulator
        The copies.
    """

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    def reset(self) -> Floats:
        """Start new episodes and return what the scheduler sees, (W, N, F)."""
        return self.simulator.reset()

    def observe(self) -> Floats:
        """Return what the scheduler sees before the coming window, (W, N, F)."""
        return self.simulator.observe()

    def step(self, action: NDArray[np.int64]) -> Step:
        """Grant RBs (W, N) for the coming window and let it pass; see `Simulator.step`."""
        slices = self.simulator
        grants = check_allocation(action, slices.shape, slices.config.B)
        return self.told(slices.advance(grants), grants)

    def told(self, step: SliceStep, grants: NDArray[np.int64]) -> Step:
        """Return a window under grants (W, N) as every family's are told."""
        slices = self.simulator
        counted = step.at_stake > 0
        metrics = {
            "user_loss": level_counts(step.user_loss, counted),
            "starved": step.starved(grants, slices.config.r_bar).sum(axis=1),
            "delivered": step.delivered,
            "lost": step.lost,
        }
        if slices.config.floor is not None:
            metrics["due"] = slices.floor * step.demand
        outcomes = user_parts(step.lost, step.reward)[..., None]
        return Step(step.observation, step.reward, outcomes, metrics)


def simulator(
    config: EnvironmentConfig,
    split: str,
    copies: int,
    outcomes: str,
    seed: np.random.SeedSequence,
    source: Traffic | Trace | None = None,
) -> SliceWindows:
    """Return copies of a slice; see `Family.simulator`.

    Parameters
    ----------
    source : Traffic, Trace or None
        Its traffic, or the trace itself that users run through, with its forecasts; None: that of
        its dataflow.
    """
    generator = TrafficGenerator(_trace(config, split, source))
    return SliceWindows(Simulator(config, generator, copies, outcomes=outcomes, seed=seed))


def _trace(config: EnvironmentConfig, split: str, source: Traffic | Trace | None) -> Trace:
    if isinstance(source, Trace):
        return source
    traffic = slice_traffic(config) if source is None else seen_traffic(config, source)
    trace: Trace = getattr(traffic, split)
    return trace


def slice_traffic(config: EnvironmentConfig) -> Traffic:
    """Return the traffic of a slice's dataflow, with the forecasts that the slice shows."""
    traffic = load_traffic(
        config.dataflow,
        window_length=config.LEN_window,
        traces=config.traces,
        seed=config.randomSeed,
    )
    return seen_traffic(config, traffic)


def figures(sums: Mapping[str, NDArray[Any]], windows: int) -> dict[str, Floats]:
    """Return what is told of E test episodes; see `Family.figures`.

    Returns
    -------
    dict
        ``user_loss`` (E, 101): share of the episode's user-windows with packets at stake whose
        loss is at most 0, 1, ..., 100 %. A user-window's loss is the packets lost for good over
        those at stake, new ones and those that waited. ``qos_met`` (E,): its value at 10 %.
        ``starved`` (E,): share of those user-windows that were granted fewer than ``r_bar`` RBs.
        ``jain`` (E,): Jain's index of the users' delivered shares, in [1/N, 1]. A user's share is
        taken over the episode: packets delivered over packets whose fate is known at its end.
        With a floor ``shortfall`` and ``floor_met``, too; see `promise_kept`.
    """
    counts = sums["user_loss"]
    total = np.maximum(counts.sum(axis=1), 1)
    user_loss = counts.cumsum(axis=1) / total[:, None]
    known = sums["delivered"] + sums["lost"]
    share = np.divide(sums["delivered"], known, out=np.zeros_like(known), where=known > 0)
    return {
        "user_loss": user_loss,
        "qos_met": user_loss[:, QOS_LEVEL],
        "starved": sums["starved"] / total,
        "jain": jain_index(share, known > 0),
        **(promise_kept(sums["due"], sums["delivered"], known) if "due" in sums else {}),
    }


def moments(
    config: EnvironmentConfig, source: Traffic | Trace | None = None
) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each feature; see `Family.moments`.

    Those of the counts in the training trace, and of the channel classes. Packets that wait are
    taken for as many as a window's, and so are those that are owed, and those of the history.
    """
    packets = _trace(config, "train", source).packets
    channel = [np.array(config.sigmoid_k_list), np.array(config.sigmoid_s_list)]
    columns = [packets] * 2 + channel + [packets] * (config.retransmit + config.debt_information)
    # Grants between none and twice the equal share, and all shares acknowledged.
    seen = [np.array([0.0, 2 * config.B / config.N_user]), np.array([0.0, 1.0]), packets]
    columns += seen * config.history
    return np.array([np.mean(c) for c in columns]), np.array([np.std(c) for c in columns])


def references(config: EnvironmentConfig) -> References:
    """Return the equal split and the oracle with the same information on demand.

    Both see the channel: what a scheduler loses by not seeing it costs points. Where packets wait,
    the oracle, which plans window by window, is no bound, and there is no score.
    """
    return References(
        zero="equal",
        hundred="oracle",
        certified=not config.retransmit and config.information == "perfect",
        none=PACKETS_WAIT if config.retransmit else None,
        seen=full_view(config),
    )


def bounds(config: EnvironmentConfig) -> tuple[Floats, Floats]:
    """Return the least and largest values (N, F) of observations; see `Family.bounds`."""
    most = float(config.LEN_window)
    high = np.empty((config.N_user, features_of(config)))
    low = np.zeros_like(high)
    high[:, PACKETS] = most * (1 + config.retransmit), most
    high[:, CHANNEL] = max(config.sigmoid_k_list), max(config.sigmoid_s_list)
    high[:, waiting(config.retransmit)] = most
    first = len(Column) + config.retransmit + config.debt_information
    for column, limit in ((Past.GRANTED, config.B), (Past.ACKNOWLEDGED, 1)):
        high[:, first + column :: len(Past)] = limit
    high[:, first + Past.SENT :: len(Past)] = high[:, :1]
    if config.debt_information:
        low[:, DEBT], high[:, DEBT] = -MOST_DEBT, MOST_DEBT
    return low, high


FAMILY = Family(
    name="slice",
    entity="user",
    cost=Metric("loss", "Packet loss", "", "lower"),
    load=load,
    parse=EnvironmentConfig.from_dict,
    configurations=lambda: ConfigManager().indices("env"),
    simulator=simulator,
    actions=actions,
    entities=lambda config: config.N_user,
    combine=lambda config: mean_outcome,
    references=references,
    metrics=(
        Metric(
            *("qos_met", "QoS met", "", "higher"),
            by_episode=False,
            point=("user_loss", QOS_LEVEL),
        ),
        Metric("starved", "Starved", "", "lower"),
        Metric("jain", "Jain's index", "", "higher"),
    ),
    figures=figures,
    curve_metrics=False,
    dataset=OfflineDataset,
    collect=lambda family, config, windows, behaviour="random": collect_random(config, windows),
    episode=lambda config: config.LEN_episode,
    behaviours={"random": lambda config, generator: RandomPolicy(config.B, generator)},
    weight=lambda observation: observation[..., Column.DEMAND, None],
    moments=moments,
    view=view_of,
    check_view=check_view,
    bounds=bounds,
)
