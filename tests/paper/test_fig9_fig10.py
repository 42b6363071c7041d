"""F9 and F10: what is on an axis, what is marked, and the same bytes twice."""

from pathlib import Path

import pandas as pd
import pytest

from difsched.config import ConfigManager
from difsched.evaluation.statistics import Interval
from experiments.studies.variants import variants
from paper.fig9 import PANELS, points, tick_label
from paper.fig10 import actors, gains, verdict
from paper.table4 import own_settings, without_own
from tests.paper.conftest import Render
from tests.paper.test_table4 import STUDY, ablation

SMOKE = ("base", "bc_only", "no_projection", "mlp", "steps_1", "retransmit_gamma", "data_1000")
METHODS = {"dql_set": 5.0, "det_set": 0.0, "gaussian_set": -3.0}
#: What a search around its action adds to the deterministic actor.
SEARCHED = 4.0


def payoff(path: Path, seeds: int = 3) -> pd.DataFrame:
    """Write and return rows in which our method gains with experts' data alone."""
    rows = []
    for name, variant in variants("payoff").items():
        data = variant.dataset
        for method, gain in METHODS.items():
            for seed in range(seeds):
                own = gain * (data["behaviour"] == "experts")
                row = {"study": "payoff", "variant": name, "method": method, "config": 0}
                row |= {"seed": seed, "information": variant.environment["information"]}
                row |= {"data_windows": data["n_windows"], "random_share": data["random_share"]}
                row |= {"behaviour": data["behaviour"], "score": 80 + own + 0.1 * seed}
                row |= {"gradient_steps": 600, "group": "", "label": ""}
                rows.append(row | {"field": None, "value": None})
                if method == "det_set":
                    searched = {"score": row["score"] + SEARCHED, "field": "exchanged"}
                    rows.append(row | searched | {"value": 48})
    frame = pd.DataFrame(rows)
    path.parent.mkdir(exist_ok=True)
    frame.to_csv(path, index=False)
    return frame


def axis(field: str, reference: str, rows: pd.DataFrame) -> tuple[list[float], float]:
    """Return the places on a panel's axis, and the reference's."""
    panel = next(p for p in PANELS if (p.field, p.reference) == (field, reference))
    own = own_settings(rows)
    found = points(panel, without_own(rows, own), STUDY, own)
    assert (found.groupby("x").size() == rows["seed"].nunique()).all()
    return sorted(found["x"].unique()), found.loc[found["reference"], "x"].iloc[0]


def test_a_sweep_holds_all_that_differs_in_its_field_alone(tmp_path: Path) -> None:
    rows, model = ablation(tmp_path / "ablation.csv"), ConfigManager().load_model_config("dql_set")
    steps = model.diffusion_steps
    assert axis("diffusion_steps", "base", rows) == ([1, 2, steps, 10, 20], steps)
    # Without the Q loss the critic still ranks: `rank_only`; `bc_only` changes more than one thing.
    assert axis("eta", "base", rows) == ([0, 1, 3, model.eta, 30, 100], model.eta)
    assert axis("candidates", "base", rows) == ([1, 2, 4, 8, 16, 32, 64], model.candidates)
    assert axis("n_windows", "base", rows) == ([1000, 5000, 20000, 50000], 50000)
    assert axis("random_share", "base", rows) == ([0, 0.1, 0.25, 0.5, 1], 0.5)
    assert axis("expectile", "gamma_99", rows) == ([0.5, model.expectile, 0.9], model.expectile)
    assert axis("discount", "retransmit", rows) == ([model.discount, 0.5, 0.99], model.discount)


def test_sizes_of_data_are_those_on_record(tmp_path: Path) -> None:
    rows = ablation(tmp_path / "ablation.csv", 1, SMOKE)
    shortened = rows.assign(data_windows=rows["data_windows"].clip(upper=4000))
    assert axis("n_windows", "base", shortened) == ([1000, 4000], 4000)


def test_a_difference_is_marked_by_its_sign_only_if_it_excludes_zero() -> None:
    assert verdict(Interval(5.04, 1.0)) == "▲+5.0"
    assert verdict(Interval(-5.04, 1.0)) == "▼\N{MINUS SIGN}5.0"
    assert verdict(Interval(-0.04, 1.0)) == "+0.0"
    assert verdict(Interval(5.0, float("nan"))) == "+5.0"


def test_gains_compare_two_methods_on_equally_many_windows(tmp_path: Path) -> None:
    rows = payoff(tmp_path / "payoff.csv")
    panel = rows[(rows["behaviour"] == "experts") & (rows["information"] == "perfect")]
    panel = actors(panel[panel["random_share"] == 0.5])
    for rival, lead in (("det_set", 5), ("det_search", 5 - SEARCHED)):
        found = gains(panel, rival)
        assert list(found) == [1000, 5000, 50000]
        assert all(gain.mean == pytest.approx(lead, abs=0.5) for gain in found.values())
    assert gains(panel[panel["method"] != "det_set"]) == {}


@pytest.mark.parametrize("name", ["fig9", "fig10"])
def test_a_figure_drawn_twice_has_the_same_bytes(name: str, render: Render, tmp_path: Path) -> None:
    path = tmp_path / "aggregates" / "payoff.csv"
    rows = payoff(path)
    rows[(rows["random_share"] == 0.5) & (rows["information"] == "perfect")].to_csv(
        path, index=False
    )
    ablation(path.with_name("ablation.csv"), 3, SMOKE)
    first = render(name)
    assert sorted(first) == [f"{name}.{suffix}" for suffix in ("json", "pdf", "png", "tex")]
    caption = first[f"{name}.tex"].decode()
    said = {
        "fig9": "Student $t$ interval",
        "fig10": "Of 6 differences to Det-Set 3 point up and 0 down, of 6 differences to ",
    }
    assert said[name] in caption
    assert "3 seeds" in caption
    assert render(name) == first


@pytest.mark.parametrize("name", ["fig9", "fig10"])
def test_one_seed_and_a_few_variants_are_drawn_without_an_interval(
    name: str, render: Render, tmp_path: Path
) -> None:
    path = tmp_path / "aggregates" / "payoff.csv"
    few = payoff(path, 1)
    few = few[few["variant"].isin(["sub_agents_1000_0_predicted", "experts_1000_0_perfect"])]
    few.to_csv(path, index=False)
    ablation(path.with_name("ablation.csv"), 1, SMOKE)
    caption = render(name)[f"{name}.tex"].decode()
    assert "one seed" in caption.lower()
    assert "interval for other seeds" not in caption


def test_ticks_are_short() -> None:
    assert [tick_label(value) for value in (50000, 5, 0.25, 0)] == ["50k", "5", "0.25", "0"]
