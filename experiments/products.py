"""What can be asked for by name, and the files that it makes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from experiments.paths import ROOT
from experiments.studies import FAMILY_STUDIES, STUDIES

# What experiments.stages.sweep can do.
SWEEPS = ("budget", "scaling")
# What experiments.stages.transfer can do: configuration of the test -> that of the training, which
# has the same users, traffic and budget, but one channel class.
TRANSFERS = {2: 0, 3: 1, 6: 4, 7: 5}
# Methods that plan for the channel that they are shown, tested beside what was learned.
REFERENCES = ("oracle_bayes", "oracle_predicted")
# Columns of datasets.csv -> methods whose loss on the common test windows they hold.
BOUNDS = {
    "loss_equal": "equal",
    "loss_oracle_predicted": "oracle_predicted",
    "loss_oracle": "oracle",
}
# Problem families besides the slice: packages of difsched.env that have a FAMILY.
FURTHER = tuple(
    path.parent.name
    for path in sorted((ROOT / "difsched" / "env").glob("*/__init__.py"))
    if "FAMILY" in path.read_text(encoding="utf-8") and path.parent.name != "slice"
)
# The tables that each of them has.
FAMILY_TABLES = ("datasets", "main", "costs", "curves", "summary", "pairs", "overall")
# What some of them have besides: those that tell metrics by group of entities, and those whose
# cards tell what their states cover.
MORE_TABLES = {
    "alloc": ("risk",),
    "mec": ("groups", "group_curves"),
    "mlb": ("realism", "coverage"),
}
# Results of others, which tables show behind ours.
OUTSIDE = "results/*.json"
# Rules that only collect files; they are no jobs to a reader.
WANT = "want_"


# Experiment of a table's runs that are those main runs alone of which ``BOUNDS`` is made.
BOUNDING = "bounds"


@dataclass(frozen=True)
class Table:
    """A CSV table of the aggregates.

    Attributes
    ----------
    part : str
        The part of the aggregates that one job makes.
    runs : tuple of str
        The experiments whose runs it is made from: ``"dataset"``, ``"main"`` or of these
        ``BOUNDING``, a sweep, a study, ``"transfer"``, ``"multimodal"``; and of a further family
        ``"dataset_alloc"``, ``"main_alloc"``.
    """

    part: str
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Product:
    """A table or a figure of the paper.

    Attributes
    ----------
    about : str
        What it shows, one line.
    files : tuple of str
        The files it consists of, relative to the repository's root.
    reads : tuple of str
        The CSV tables that it is made from, without suffix.
    sources : tuple of str
        Patterns of other files that it shows, relative to the root.
    shows_traffic : bool
        Whether it shows the workspace's traffic.
    shows_products : bool
        Whether it shows all other products.
    room : str
        The package whose module of the product's name makes it.
    """

    about: str
    files: tuple[str, ...]
    reads: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    shows_traffic: bool = False
    shows_products: bool = False
    room: str = "paper"


def transfers(configs: Collection[int]) -> dict[int, int]:
    """Return configuration of the test -> that of the training, where both are in a profile."""
    return {test: train for test, train in TRANSFERS.items() if {test, train} <= set(configs)}


def bounding(groups: Mapping[str, Collection[str]]) -> list[str]:
    """Return the groups of a profile's methods that have one of ``BOUNDS``."""
    return [
        name for name, members in groups.items() if not set(BOUNDS.values()).isdisjoint(members)
    ]


def _figure(name: str) -> tuple[str, ...]:
    return tuple(f"paper/figures/{name}.{suffix}" for suffix in ("pdf", "png", "tex", "json"))


def family_of_table(file: str) -> str:
    """Return the problem family that a CSV file or table of the aggregates is about."""
    return next((family for family in FURTHER if file.startswith(f"{family}_")), "slice")


def family_tables_of(family: str) -> tuple[str, ...]:
    """Return the tables of a further family, without its name before theirs."""
    return (*FAMILY_TABLES, *MORE_TABLES.get(family, ()))


def _family_reads(name: str, family: str) -> tuple[str, ...]:
    tables = *("main", "summary", "pairs"), *TABLED_STUDIES.get(name, ())
    return tuple(f"{family}_{table}" for table in tables)


def _table(name: str) -> tuple[str, ...]:
    return tuple(f"paper/tables/{name}.{suffix}" for suffix in ("tex", "json"))


TABLES = {
    "methods": Table("main", ()),
    "datasets": Table("datasets", ("dataset", BOUNDING)),
    **dict.fromkeys(
        ("main", "costs", "curves", "summary", "pairs", "overall", "user_loss"),
        Table("main", ("dataset", "main")),
    ),
    "budget": Table("sweeps", ("budget",)),
    **dict.fromkeys(("scaling", "scaling_time"), Table("sweeps", ("scaling",))),
    **{study: Table(study, (study,)) for study in (*STUDIES, *FAMILY_STUDIES)},
    "transfer": Table("transfer", ("transfer",)),
    **dict.fromkeys(
        ("mixtures", "mixture_samples", "ties", "tie_grants", "tie_examples"),
        Table("multimodal", ("multimodal",)),
    ),
    **{
        f"{family}_{name}": Table(family, (f"dataset_{family}", f"main_{family}"))
        for family in FURTHER
        for name in family_tables_of(family)
    },
}
_CONFIG = "difsched/config"
_SLICES = (f"{_CONFIG}/env/*.yaml", f"{_CONFIG}/experiment/*.yaml")
_STUDIES = ("experiments/studies/*.yaml",)
_SETTINGS = (f"{_CONFIG}/*/*.yaml", *_STUDIES)

#: Table of a further family -> what it shows of the family besides, such as studies.
TABLED_STUDIES = {
    "table8": ("proposals",),
    "table9": ("augmentation", "shares", "parameters"),
    "table10": ("risk", "robustness"),
    "table13": ("fresh",),
}
#: What T8's study of proposals decides with: in words -> setting of a run's decisions, and its
#: value; None: the run's own.
PROPOSED: dict[str, tuple[str, float] | None] = {
    "1 sample": ("candidates", 1),
    "32 samples": None,
    "noise": ("perturbed", 32),
    "left out": ("masked", 32),
}
#: The actor whose own way it is to propose one sample.
ONE_SAMPLE = "det_set"
#: The table of a further family -> its name, and what it shows.
FAMILY_PRODUCTS = {
    "table8": ("mec", "edge computing: score of every method, and what it does"),
    "table9": ("mlb", "mobility load balancing: score of every method, and what it does"),
    "table10": ("alloc", "multi-resource allocation: score of every method, and what it does"),
    "table13": ("sequential", "slices whose packets wait, hidden channels: every method's score"),
    "table14": ("promised", "slices with a promised floor: score of every method, who keeps it"),
}

#: Animation -> the problem family that it shows.
ANIMATED = {"slice": "slice", "synthetic": "mlb", "roads": "mlb"}

PRODUCTS = {
    "table1": Product(
        "the eight datasets and how hard each is", _table("table1"), reads=("datasets",)
    ),
    "table2": Product(
        "the main result: packet loss of every method on configs 0-7",
        _table("table2"),
        reads=("main", "summary", "pairs"),
        sources=(OUTSIDE,),
    ),
    "table3": Product(
        "statistics of the score across configurations",
        _table("table3"),
        reads=("overall", "summary"),
    ),
    "table4": Product(
        "ablations: what each part of dql_set is worth",
        _table("table4"),
        reads=("ablation",),
        sources=_SETTINGS,
    ),
    "table5": Product(
        "generalisation: other channels than in training, forecast against truth",
        _table("table5"),
        reads=("main", "transfer", "summary", "truth", "channel"),
    ),
    "table6": Product(
        "cost: training, decisions, memory",
        _table("table6"),
        reads=("costs", "curves", "datasets"),
    ),
    "table7": Product(
        "all problem families on one page: score of every method that is trained in two of them",
        _table("table7"),
        reads=("overall", *(f"{family}_summary" for family in FURTHER)),
        room="paper.families",
    ),
    **{
        name: Product(
            about,
            _table(name),
            reads=_family_reads(name, family),
            sources=(OUTSIDE,),
            room="paper.families",
        )
        for name, (family, about) in FAMILY_PRODUCTS.items()
    },
    "table11": Product(
        "what the data decide: another dataset, and data that do not cover what is best",
        _table("table11"),
        reads=("fresh", "support"),
    ),
    "table12": Product(
        "tuning: how often, on what, and what the best setting of each method brings",
        _table("table12"),
        sources=(*_SETTINGS, "artifacts/tuning/*.csv", "experiments/tuning/spaces.yaml"),
    ),
    "fig1": Product(
        "traffic: signal, deadband, counts a window and their forecast",
        _figure("fig1"),
        sources=(f"{_CONFIG}/traffic/*.yaml",),
        shows_traffic=True,
    ),
    "fig2": Product(
        "the link: physics behind its classes, concave envelope, an optimal allocation",
        _figure("fig2"),
        sources=(*_SLICES, f"{_CONFIG}/link/*"),
    ),
    "fig3": Product(
        "data with several modes: diffusion, CVAE and Gaussian actors, on mixtures and near ties",
        _figure("fig3"),
        reads=("mixtures", "mixture_samples", "ties", "tie_grants", "tie_examples"),
    ),
    "fig4": Product("learning curves", _figure("fig4"), reads=("curves", "main")),
    "fig5": Product("performance profiles over runs", _figure("fig5"), reads=("main", "summary")),
    "fig6": Product(
        "loss against the budget, with the certified interval of the optimum",
        _figure("fig6"),
        reads=("budget",),
        sources=_SLICES,
    ),
    "fig7": Product(
        "scaling in the number of users: loss, certified gap, time of the oracle",
        _figure("fig7"),
        reads=("scaling", "scaling_time"),
    ),
    "fig8": Product(
        "fairness: loss by user, Jain's index, starvation",
        _figure("fig8"),
        reads=("main", "summary", "user_loss"),
        sources=_SLICES,
    ),
    "fig9": Product("ablation sweeps", _figure("fig9"), reads=("ablation",), sources=_STUDIES),
    "fig10": Product(
        "when diffusion pays: data size, coverage, behaviour, information",
        _figure("fig10"),
        reads=("payoff",),
    ),
    "fig11": Product(
        "edge computing: learning, scores by size, the schedule of a slot",
        _figure("fig11"),
        reads=("mec_main", "mec_summary", "mec_curves"),
        sources=("difsched/env/mec/configurations.yaml",),
        room="paper.families",
    ),
    "fig12": Product(
        "load balancing: what states augmentations cover, and what they are worth",
        _figure("fig12"),
        reads=("mlb_coverage", "mlb_realism", "mlb_augmentation"),
        sources=("experiments/studies/mlb/augmentation.yaml",),
        room="paper.families",
    ),
    "fig13": Product(
        "allocation: scores by mode and size, learning by interaction, ablations",
        _figure("fig13"),
        reads=("alloc_main", "alloc_summary", "alloc_curves", "alloc_ablation"),
        sources=("difsched/env/alloc/configurations.yaml",),
        room="paper.families",
    ),
    "fig14": Product(
        "the map of methods: what each kind loses, by memory, link and logged data",
        _figure("fig14"),
        reads=("sequential_map",),
        sources=("experiments/studies/sequential/map.yaml",),
        room="paper.families",
    ),
    "animation": Product(
        "episodes in motion: the slice, and load balancing on two maps",
        (
            *(f"paper/figures/animation_{part}.gif" for part in ANIMATED),
            "paper/figures/animation.json",
        ),
        sources=_SLICES,
        shows_traffic=True,
        room="paper.families",
    ),
    "numbers": Product(
        "the numbers in the paper's text",
        ("paper/numbers.tex",),
        reads=(
            *("summary", "pairs", "overall", "transfer", "datasets"),
            *("ablation", "channel", "fresh", "payoff", "truth"),
            *("mixtures", "ties", "budget", "scaling", "scaling_time", "costs"),
            *("sequential_summary", "sequential_pairs", "sequential_map", "sequential_fresh"),
            *("promised_summary", "alloc_summary", "mec_summary", "mlb_summary"),
        ),
        sources=_SETTINGS,
        room="paper.text",
    ),
    "report": Product(
        "all of it on one page for a browser",
        ("artifacts/report/index.html",),
        reads=tuple(TABLES),
        sources=(
            *("paper/main.tex", "artifacts/claims.yml"),
            *(f"experiments/publication/report.{suffix}" for suffix in ("css", "html.j2", "js")),
        ),
        shows_products=True,
        room="experiments.publication",
    ),
}


def experiments_behind(name: str) -> tuple[str, ...]:
    """Return the experiments whose runs stand behind a product; see :class:`Table`."""
    found = (run for table in PRODUCTS[name].reads for run in TABLES[table].runs)
    return tuple(dict.fromkeys(found))


def tables_of(part: str) -> list[str]:
    """Return the CSV tables of a part of the aggregates, in their order."""
    return [name for name, table in TABLES.items() if table.part == part]


def module_of(name: str) -> str:
    """Return the module that makes a product."""
    return f"{PRODUCTS[name].room}.{name}"


def expand(targets: list[str]) -> list[str]:
    """Return the products behind the targets, in the paper's order, each once."""
    return [name for name in PRODUCTS if "all" in targets or name in targets]


def wanted_rules(targets: list[str]) -> list[str]:
    """Return the rules of the Snakefile that stand for the targets."""
    return [f"{WANT}{name}" for name in expand(targets)]
