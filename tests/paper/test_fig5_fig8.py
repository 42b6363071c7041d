"""F5 and F8: the same bytes twice, and captions that say what is drawn."""

import pytest

from tests.paper.conftest import Render

SAID = {
    "fig5": ("6 runs each", "12 test episodes of 20 windows"),
    "fig8": ("12 test episodes of 20 windows", r"an episode (4\,s)", "fewer than 5 RBs"),
}


@pytest.mark.parametrize("name", SAID)
def test_a_figure_drawn_twice_has_the_same_bytes_and_says_its_numbers(
    name: str, render: Render
) -> None:
    first = render(name)
    assert sorted(first) == [f"{name}.{suffix}" for suffix in ("json", "pdf", "png", "tex")]
    caption = first[f"{name}.tex"].decode()
    assert [said for said in SAID[name] if said not in caption] == []
    assert "one seed" not in caption
    assert render(name) == first


@pytest.mark.parametrize("name", SAID)
def test_one_seed_is_drawn_without_an_interval(name: str, render: Render) -> None:
    assert "one seed" in render(name, seeds=1)[f"{name}.tex"].decode()
