"""The animations: small, the same bytes twice, and what is drawn is what happened."""

from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from difsched.config import ConfigManager
from difsched.env.mlb.config import CONFIGURATIONS
from difsched.env.slice.link.sigmoid import success_probability
from difsched.env.slice.traffic.generator import load_traffic
from experiments.products import ANIMATED
from paper import episode
from paper.families import animation, cells

CONFIG = replace(CONFIGURATIONS.load("synthetic_rl"), steps=6)


def test_a_gif_has_a_frame_for_every_other_second_and_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("one", "other"):
        pictures = animation.frames(*cells.panels(CONFIG), CONFIG.steps)
        animation.write_gif(tmp_path / f"{name}.gif", pictures)
    data = (tmp_path / "one.gif").read_bytes()
    assert data == (tmp_path / "other.gif").read_bytes()
    with Image.open(tmp_path / "one.gif") as picture:
        assert getattr(picture, "n_frames", 1) == 3
        assert picture.info["loop"] == 0 and picture.info["duration"] == animation.SHOWN_MS


@pytest.mark.parametrize("name", animation.SCENES.values())
def test_a_map_shows_who_is_where_and_how_full_cells_are(name: str) -> None:
    drawing, shown = cells.panels(replace(CONFIGURATIONS.load(name), steps=3))
    for panel in shown:
        panel.show(2)
        course = panel.shown
        places = np.concatenate([np.column_stack(line.get_data()) for line in panel.users])
        assert sorted(places.tolist()) == sorted(course.positions[2].tolist())
        assert [bar.get_width() for bar in panel.bars] == course.loads[2].tolist()
        assert np.std(course.loads[2]) == pytest.approx(course.balance[2])
        assert len(panel.links.get_segments()) == 50
    before, after = (panel.shown for panel in shown)
    assert (before.positions == after.positions).all()
    assert after.balance[0] <= before.balance[0]
    plt.close(drawing)


def test_an_episode_of_the_slice_shows_what_each_user_has_gets_and_needs() -> None:
    config = ConfigManager().load_env_config(animation.SLICE)
    drawing, shown = episode.panels(config, load_traffic(config.dataflow))
    for panel in shown:
        panel.show(7)
        course = panel.shown
        assert (course.grants.sum(axis=1) == config.B).all()
        assert [bar.get_height() for bar in panel.demand] == course.demand[7].tolist()
        assert [bar.get_height() for bar in panel.delivered] == course.delivered[7].tolist()
        assert [bar.get_height() for bar in panel.grants] == course.grants[7].tolist()
        heights = [segment[0, 1] for segment in panel.enough.get_segments()]
        assert heights == course.enough[7].tolist()
        lost = 1 - course.delivered[7].sum() / course.demand[7].sum()
        assert course.loss[7] == pytest.approx(lost)
    equal, best = (panel.shown for panel in shown)
    assert (equal.demand == best.demand).all() and (equal.enough == best.enough).all()
    assert best.loss.mean() < equal.loss.mean()
    chances = [
        success_probability(np.array([equal.enough.min(), equal.enough.max()]), slope, midpoint)
        for slope, midpoint in zip(config.sigmoid_k_list, config.sigmoid_s_list, strict=True)
    ]
    assert np.isclose(chances, 0.9).any(axis=0).all()
    plt.close(drawing)


def test_every_animation_is_drawn_of_its_family() -> None:
    assert {"slice": "slice", **dict.fromkeys(animation.SCENES, "mlb")} == ANIMATED
