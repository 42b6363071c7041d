"""The animations: small, the same bytes twice, and what is drawn is what happened."""

from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from difsched.env.mlb.config import CONFIGURATIONS
from experiments.products import PRODUCTS
from paper.families import animation

CONFIG = replace(CONFIGURATIONS.load("synthetic_rl"), steps=6)


def test_a_gif_has_a_frame_for_every_other_second_and_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("one", "other"):
        animation.write_gif(tmp_path / f"{name}.gif", animation.frames(CONFIG))
    data = (tmp_path / "one.gif").read_bytes()
    assert data == (tmp_path / "other.gif").read_bytes()
    with Image.open(tmp_path / "one.gif") as picture:
        assert getattr(picture, "n_frames", 1) == 3
        assert picture.info["loop"] == 0 and picture.info["duration"] == animation.SHOWN_MS


@pytest.mark.parametrize("name", animation.SCENES.values())
def test_a_panel_shows_who_is_where_and_how_full_cells_are(name: str) -> None:
    drawing, shown = animation.panels(replace(CONFIGURATIONS.load(name), steps=3))
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


def test_every_scene_has_its_file() -> None:
    files = {Path(file).stem for file in PRODUCTS["animation"].files}
    assert files == {"animation", *(f"animation_{scene}" for scene in animation.SCENES)}
