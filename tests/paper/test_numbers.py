"""The numbers of the paper's text, from aggregates that nobody measured."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest

from difsched.errors import InputError
from difsched.utils.files import write_json
from experiments.aggregate.columns import write_tables
from experiments.aggregate.intervals import overall, pairs, summary
from experiments.aggregate.method_runs import FamilyRuns
from experiments.paths import PAPER
from experiments.rendering import tex
from paper.shared.macros import NOTHING, compared, listed, share, spread, word
from paper.text import numbers
from tests.synthetic_results import runs

MAIN = PAPER / "main.tex"
#: Commands of TeX that start with a capital, as the macros do.
TEX = {"IEEEauthorblockN", "Pi", "Big", "Bigl", "Bigr"}
MACRO = re.compile(r"\\newcommand\*\{\\([A-Za-z]+)\}\{(.*)\}")


def study(name: str, variant: str, score: float, **changes: object) -> dict[str, object]:
    """Return a row of a study."""
    row = {"study": name, "variant": variant, "method": "dql_set", "config": 0, "seed": 0}
    row |= {"information": "predicted", "retransmit": 0, "data_windows": 1000, "random_share": 0.5}
    row |= {"behaviour": "experts", "gradient_steps": 600, "field": None, "value": None}
    row |= {"loss": 0.2, "score": score}
    return row | changes


def payoff_rows() -> list[dict[str, object]]:
    """Return two datasets: diffusion leads by 5 points on experts' and is 1 behind on the other.

    A search adds 2 points to the deterministic actor.
    """
    searched = {"method": "det_set", "field": "exchanged", "value": 48.0}
    return [
        study("payoff", "cell", score + seed / 10, seed=seed, behaviour=behaviour, **actor)
        for behaviour, lead in (("experts", 5.0), ("sub_agents", -1.0))
        for actor, score in (
            ({"method": "det_set"}, 70.0),
            (searched, 72.0),
            ({"method": "dql_set"}, 70.0 + lead),
        )
        for seed in range(3)
    ]


def frames() -> dict[str, list[dict[str, object]]]:
    """Return rows of every table that is no statistic of the synthetic runs."""
    ablations = [study("ablation", "base", 90.0), study("ablation", "mlp", 60.0)]
    ablations.append(study("ablation", "base", 85.0, field="candidates", value=1.0))
    transfer = {"method": "dql_set", "trained": 0, "config": 2, "channel": "shown", "score": 55.0}
    ties = [
        {"config": 0, "model": model, "action": "sample", "loss": loss}
        for model, loss in (("oracle", 0.3), ("deterministic", 0.32))
    ]
    return {
        "datasets": [
            {"config": 0, "N_user": 8, "channel_classes": 1, "windows": 50000, "kappa": 1.14},
            {"config": 1, "N_user": 20, "channel_classes": 5, "windows": 50000, "kappa": 1.42},
        ],
        "ablation": ablations,
        "fresh": [
            study("fresh", variant, score + seed / 10, config=config, seed=seed)
            for variant, score in (("det_usual", 96.0), ("det_fresh", 95.7), ("dql_fresh", 99.0))
            for config in (0, 3)
            for seed in range(2)
        ],
        "payoff": payoff_rows(),
        "truth": [study("truth", "dql_set", 99.0)],
        "channel": [study("channel", "blind", 50.0)],
        "transfer": [transfer],
        "mixtures": [
            {"mixture": "ring", "model": "gaussian", "near": 0.13, "covered": 0, "modes": 8}
        ],
        "ties": ties,
        "budget": [
            {"config": 0, "B": 100, "method": "optimum_lower", "loss": 0.20},
            {"config": 0, "B": 100, "method": "optimum_upper", "loss": 0.21},
        ],
        "scaling": [
            {"config": 0, "N_user": users, "method": method, "loss": loss}
            for users, ours in ((4, 0.31), (64, 0.302))
            for method, loss in (("equal", 0.5), ("oracle_predicted", 0.3), ("dql_set", ours))
        ],
        "scaling_time": [
            {"N_user": users, "method": method, "microseconds": 10.0 * users}
            for users in (4, 64)
            for method in ("dp", "dual")
        ],
        "costs": [{"method": "dql_set", "fit_cpu_seconds": 61.2, "decide_ms_p50": 2.34}],
    }


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Make aggregates and a workspace."""
    aggregates, workspace = tmp_path / "aggregates", tmp_path / "workspace"
    family = FamilyRuns("slice", runs())
    write_tables({one.__name__: one(family) for one in (summary, pairs, overall)}, aggregates)
    for name, rows in frames().items():
        pd.DataFrame(rows).to_csv(aggregates / f"{name}.csv", index=False)
    note = {"note": "50 % & more.", "main": {"offline": {"gradient_steps": 40}}}
    write_json(workspace / "spec.json", {"traces": None, "profile": note})
    return aggregates, workspace


def test_every_macro_of_the_text_is_defined_and_every_one_defined_is_used(
    folders: tuple[Path, Path],
) -> None:
    text = re.sub(r"(?<!\\)%.*", "", MAIN.read_text(encoding="utf-8"))
    used = set(re.findall(r"(?<!\\)\\([A-Z][A-Za-z]+)", text)) - TEX
    assert used == set(numbers.macros(*folders))


def test_scores_are_ranges_over_configurations(folders: tuple[Path, Path]) -> None:
    found = numbers.macros(*folders)
    rows = numbers.load(folders[0])["summary"].set_index(["method", "config"])
    low, high = sorted(rows["score"]["dql_set"])
    assert low < high - 1
    assert found["OursScores"] == f"{low:.1f} to {high:.1f}"
    low, high = sorted(100 * rows["loss"]["equal"])
    assert found["EqualLoss"] == f"{low:.1f} to {high:.1f}"


def test_weights_at_other_sizes_are_scored_beside_equal_split_and_oracle(
    folders: tuple[Path, Path],
) -> None:
    found = numbers.macros(*folders)
    assert (found["SizesTrained"], found["SizesLeast"], found["SizesMost"]) == ("8", "4", "64")
    assert (found["SizesOurs"], found["SizesDet"]) == ("95.0 to 99.0", NOTHING)


def test_sentences_know_on_how_many_configurations_they_hold(folders: tuple[Path, Path]) -> None:
    found = numbers.macros(*folders)
    assert found["OursLeads"] == "all two configurations"
    assert found["Rival"] == "DQL"
    assert found["TopOneScores"] == found["EtoLeads"] == NOTHING
    flags = pd.Series([True, False, True])
    assert share(flags) == "two of the three configurations"
    assert share(~flags & flags) == "none of the three configurations"
    assert share(flags[:0]) == NOTHING


def test_ablations_are_scores_of_the_first_configuration(folders: tuple[Path, Path]) -> None:
    found = numbers.macros(*folders)
    assert (found["AblationBase"], found["AblationMlp"]) == ("90.0", "60.0")
    assert (found["AblationSingle"], found["AblationRanking"]) == ("85.0", "5.0")
    assert found["AblationNoProjection"] == NOTHING


def test_the_payoff_is_counted_dataset_by_dataset(folders: tuple[Path, Path]) -> None:
    found = numbers.macros(*folders)
    counts = [found[f"Payoff{name}"] for name in ("Cells", "Up", "Down", "Chance")]
    assert counts == ["two", "one", "one", "0.1"]
    assert (found["PayoffExperts"], found["PayoffAgents"]) == ("5.0", "$-1.0$")
    assert found["PayoffSpread"] == "$-1.0$ to 5.0"
    searched = [found[f"PayoffSearched{name}"] for name in ("", "Up", "Down")]
    assert searched == ["0.0", "one", "one"]


def test_what_other_data_move_is_that_of_the_actors_with_both(folders: tuple[Path, Path]) -> None:
    found = numbers.macros(*folders)
    names = ("Seeds", "Configs", "Move")
    assert [found[f"Data{name}"] for name in names] == ["two", "0 and 3", "0.3"]


def test_values_are_listed_as_in_a_sentence() -> None:
    assert [listed(range(count)) for count in range(4)] == [NOTHING, "0", "0 and 1", "0, 1 and 2"]


def test_constants_come_from_the_configurations_and_the_profile(
    folders: tuple[Path, Path],
) -> None:
    found = numbers.macros(*folders)
    assert found["GradientSteps"] == "40"
    assert found["DatasetWindows"] == r"50\,000"
    assert (found["UsersSmall"], found["BudgetLarge"], found["Classes"]) == ("8", "200", "five")
    assert found["ProfileNote"] == r"50 \% \& more. No number below is a result."


def test_times_are_those_of_the_most_users(folders: tuple[Path, Path]) -> None:
    found = numbers.macros(*folders)
    assert (found["ScalingUsers"], found["ExactTime"]) == ("64", "0.64")
    assert (found["OursFit"], found["OursDecision"], found["EtoFit"]) == ("61", "2.3", NOTHING)
    assert found["GapMost"] == "1.0"


def test_a_difference_is_turned_round_with_its_interval(folders: tuple[Path, Path]) -> None:
    tables = numbers.load(folders[0])
    forth, back = (compared(tables, *pair) for pair in (("mdp", "dql"), ("dql", "mdp")))
    assert len(forth) == 1
    assert forth["low"].iloc[0] < forth["difference"].iloc[0] < forth["high"].iloc[0]
    assert back["high"].iloc[0] == -forth["low"].iloc[0]
    assert back["difference"].iloc[0] == -forth["difference"].iloc[0]


def test_the_file_defines_each_macro_once_and_has_the_same_bytes_twice(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tex, "NUMBERS", folders[0] / "numbers.tex")
    paths = ["--aggregates", str(folders[0]), "--workspace", str(folders[1])]
    monkeypatch.setattr(sys, "argv", ["numbers", *paths])
    written = []
    for _ in range(2):
        numbers.main()
        written.append((folders[0] / "numbers.tex").read_bytes())
    assert written[0] == written[1]
    lines = written[0].decode().splitlines()
    found = [match for line in lines if (match := MACRO.fullmatch(line))]
    assert len(found) == len(lines) - 1
    assert {match[1]: match[2] for match in found} == numbers.macros(*folders)
    assert len({match[1] for match in found}) == len(found)


def test_a_missing_table_is_named(folders: tuple[Path, Path]) -> None:
    (folders[0] / "costs.csv").unlink()
    with pytest.raises(InputError, match=r"costs\.csv: missing"):
        numbers.macros(*folders)


def test_numbers_are_printed_as_the_text_needs_them() -> None:
    assert spread([3.04, float("nan"), -0.5]) == "$-0.5$ to 3.0"
    assert spread([1.0, 1.01]) == "1.0"
    assert spread([]) == NOTHING
    assert [word(count) for count in (0, 3, 36)] == ["none", "three", "36"]
