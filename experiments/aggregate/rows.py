"""The rows of every CSV file of the aggregates: a class a table, whose fields are its columns.

What ran, on what and how, then the numbers, then what they rest on; ``artifacts/README.md`` says
what each means. Every table about runs has the problem family: right before ``config``, where it
has one, else right behind what names the row's run or method; empty where the run is of none.

Three kinds of fields stand for more columns than one: a row for its own, an interval for its mean
and its half width, a mapping for those of every measure of the family: its cost and its metrics.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from difsched.evaluation.statistics import Interval

#: A configuration by its number, or by the name of its file where it is none of the suite's.
ConfigId: TypeAlias = int | str
#: A family's measures by name.
Means: TypeAlias = Mapping[str, float]
Intervals: TypeAlias = Mapping[str, Interval]


@dataclass(frozen=True)
class Row:
    """A row of a CSV file."""


@dataclass(frozen=True)
class RunKey(Row):
    """What names a run."""

    run: str
    method: str
    family: str
    config: ConfigId
    seed: int


@dataclass(frozen=True)
class MethodRow(Row):
    """``methods.csv``."""

    method: str
    label: str
    section: str
    about: str


@dataclass(frozen=True)
class Bounds(Row):
    """What no learning reaches on a slice, where that ran."""

    loss_equal: float | None = None
    loss_oracle_predicted: float | None = None
    loss_oracle: float | None = None


@dataclass(frozen=True)
class DatasetRow(Row):
    """``datasets.csv``."""

    family: str
    config: int
    N_user: int
    B: int
    dataflow: str
    traffic: str
    channel_classes: int
    windows: int
    demand_mean: float
    kappa: float
    loss_sub_agents: float | None
    loss_random: float | None
    loss_behaviour: float
    bounds: Bounds
    sha256: str


@dataclass(frozen=True)
class FamilyDatasetRow(Row):
    """``datasets.csv`` of a further family, such as ``alloc_datasets.csv``."""

    family: str
    config: ConfigId
    name: str
    entities: int
    windows: int
    episode_length: int
    behaviour: str
    loss_behaviour: float
    zero: str
    loss_zero: float | None
    hundred: str
    loss_hundred: float | None
    certified: bool
    sha256: str


@dataclass(frozen=True)
class MainRow(Row):
    """``main.csv``."""

    run: RunKey
    information: str | None
    measures: Means
    score: float | None
    not_served: str | None


@dataclass(frozen=True)
class Cost(Row):
    """What it took to fit and to decide, as in ``cost.json``."""

    fit_cpu_seconds: float | None
    decide_ms_p50: float | None = None
    decide_ms_p99: float | None = None
    parameters: int | None = None


@dataclass(frozen=True)
class CostRow(Row):
    """``costs.csv``."""

    run: RunKey
    cost: Cost
    peak_mib: float
    processor: str | None


@dataclass(frozen=True)
class CurveRow(Row):
    """``curves.csv``."""

    run: RunKey
    amount: int
    unit: str
    loss: float
    windows: int


@dataclass(frozen=True)
class FamilyCurveRow(Row):
    """``curves.csv`` of a further family."""

    run: RunKey
    amount: int
    unit: str
    measures: Means
    windows: int


@dataclass(frozen=True)
class SummaryRow(Row):
    """``summary.csv``."""

    method: str
    family: str
    config: ConfigId
    measures: Intervals
    score: Interval | None
    score_seeds: float | None
    score_episodes: float | None
    seeds: int
    episodes: int


@dataclass(frozen=True)
class GroupRow(Row):
    """``groups.csv`` of a family that tells its metrics by group of entities, too."""

    method: str
    family: str
    config: ConfigId
    name: str
    entities: int
    group: str
    groups: int
    number: int
    measures: Intervals
    seeds: int
    episodes: int


@dataclass(frozen=True)
class GroupCurveRow(Row):
    """``group_curves.csv`` of such a family: a group at a point of a learning curve."""

    run: RunKey
    amount: int
    unit: str
    group: str
    number: int
    measures: Means
    windows: int


@dataclass(frozen=True)
class StatesRow(Row):
    """What the tables of states share: which, of the dataset of which configuration."""

    family: str
    config: ConfigId
    name: str
    states: str


@dataclass(frozen=True)
class RealismRow(StatesRow):
    """``mlb_realism.csv``."""

    space_error: float
    change: float | None
    discrepancy: float


@dataclass(frozen=True)
class CoverageRow(StatesRow):
    """``mlb_coverage.csv``."""

    x: float
    y: float
    share_x: float
    share_y: float


@dataclass(frozen=True)
class RiskRow(Row):
    """``risk.csv`` of a family that tells of tails, successes and sample efficiency."""

    method: str
    family: str
    config: ConfigId
    name: str
    cvar_95: Interval
    cvar_99: Interval
    success: Interval
    goal: float
    reached: int | None
    amount: float | None
    unit: str | None
    seeds: int
    episodes: int


@dataclass(frozen=True)
class PairRow(Row):
    """``pairs.csv``."""

    method: str
    against: str
    family: str
    config: ConfigId
    difference: float
    low: float
    high: float
    seeds: int
    against_seeds: int
    episodes: int


@dataclass(frozen=True)
class OverallRow(Row):
    """``overall.csv``."""

    method: str
    family: str
    statistic: str
    value: float
    low: float
    high: float
    seeds: int
    configs: int


@dataclass(frozen=True)
class UserLossRow(Row):
    """``user_loss.csv``."""

    method: str
    family: str
    config: ConfigId
    loss: float
    share: float
    half_width: float


@dataclass(frozen=True)
class SweepRow(Row):
    """``budget.csv`` and ``scaling.csv``."""

    run: str
    method: str
    family: str
    config: int
    N_user: int
    B: int
    information: str
    loss: float
    half_width: float
    windows: int


@dataclass(frozen=True)
class SolverTimeRow(Row):
    """``scaling_time.csv``."""

    run: str
    method: str
    family: str
    config: int
    N_user: int
    B: int
    microseconds: float
    windows: int


@dataclass(frozen=True)
class StudyRow(Row):
    """A study's CSV file."""

    run: RunKey
    information: str
    study: str
    variant: str
    group: str
    label: str
    x: float | None
    retransmit: int
    data_windows: int
    random_share: float
    behaviour: str
    gradient_steps: int
    field: str | None
    value: float | None
    loss: float
    score: float | None


@dataclass(frozen=True)
class FamilyStudyRow(Row):
    """A study's CSV file of a further family, such as ``alloc_ablation.csv``."""

    run: RunKey
    study: str
    variant: str
    group: str
    label: str
    x: float | None
    amount: int | None
    unit: str | None
    tested: str | None
    setting: str | None
    setting_value: float | None
    measures: Means
    score: float | None


@dataclass(frozen=True)
class TransferRow(Row):
    """``transfer.csv``."""

    run: str
    method: str
    trained: int
    family: str
    config: int
    seed: int
    information: str
    channel: str
    loss: float
    score: float | None


@dataclass(frozen=True)
class MixtureRow(Row):
    """``mixtures.csv``."""

    run: str
    family: str | None
    seed: int
    gradient_steps: int
    mixture: str
    model: str
    energy_distance: float
    modes: int
    covered: int
    near: float
    lightest: float
    data: int
    samples: int


@dataclass(frozen=True)
class MixtureSampleRow(Row):
    """``mixture_samples.csv``."""

    run: str
    family: str | None
    seed: int
    gradient_steps: int
    mixture: str
    model: str
    x: float
    y: float


@dataclass(frozen=True)
class TiedRow(Row):
    """What the three tables of near ties share."""

    run: str
    seed: int
    gradient_steps: int
    family: str
    config: int
    N_user: int
    B: int
    model: str


@dataclass(frozen=True)
class TieRow(TiedRow):
    """``ties.csv``."""

    action: str
    loss: float
    data: int
    windows: int


@dataclass(frozen=True)
class TieGrantsRow(TiedRow):
    """``tie_grants.csv``."""

    rbs: int
    share: float


@dataclass(frozen=True)
class TieExampleRow(TiedRow):
    """``tie_examples.csv``."""

    window: int
    user: int
    rbs: int


@dataclass(frozen=True)
class ExcludedRow(Row):
    """``excluded.csv``."""

    run: str
    family: str | None
    reason: str
