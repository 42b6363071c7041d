"""A GIF in layers: laid on each other they are its frames."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from difsched.errors import InputError
from difsched.utils.seeding import rng
from experiments.publication.film import layers, size
from paper.families.animation import write_gif


@pytest.fixture
def pictures() -> list[Image.Image]:
    """Four pictures of few colours that differ in parts."""
    generator = rng(1, "film")
    base = generator.integers(0, 8, (30, 40), dtype=np.uint8)
    found = []
    for place in range(4):
        base[5 * place : 5 * place + 9, 3:20] = generator.integers(0, 8, (9, 17), dtype=np.uint8)
        picture = Image.fromarray(base.copy(), mode="P")
        picture.putpalette([value for color in range(8) for value in (31 * color, 9, 200)])
        found.append(picture)
    return found


def test_layers_one_above_the_other_are_the_frames(
    pictures: list[Image.Image], tmp_path: Path
) -> None:
    write_gif(tmp_path / "film.gif", pictures)
    found = layers(tmp_path / "film.gif")
    assert len(found) == len(pictures)
    stack = Image.new("RGBA", (40, 30))
    for layer, picture in zip(found, pictures, strict=True):
        assert size(layer) == (40, 30)
        with Image.open(BytesIO(layer)) as one:
            part = one.convert("RGBA").crop(one.dispose_extent)
            stack.alpha_composite(part, one.dispose_extent[:2])
        assert (np.asarray(stack.convert("RGB")) == np.asarray(picture.convert("RGB"))).all()


def test_the_layers_take_no_more_than_the_gif_and_its_table_each(
    pictures: list[Image.Image], tmp_path: Path
) -> None:
    write_gif(tmp_path / "film.gif", pictures)
    found = layers(tmp_path / "film.gif")
    assert sum(map(len, found)) <= (tmp_path / "film.gif").stat().st_size + 800 * len(found)


@pytest.mark.parametrize("data", [b"", b"no picture", b"GIF89a", b"GIF89a" + bytes(7) + b"!"])
def test_what_is_no_gif_is_named(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "film.gif").write_bytes(data)
    with pytest.raises(InputError, match=r"film\.gif: "):
        layers(tmp_path / "film.gif")


def test_a_gif_that_ends_too_early_is_named(pictures: list[Image.Image], tmp_path: Path) -> None:
    write_gif(tmp_path / "film.gif", pictures)
    whole = (tmp_path / "film.gif").read_bytes()
    (tmp_path / "film.gif").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"film\.gif: cannot be read as a GIF"):
        layers(tmp_path / "film.gif")
