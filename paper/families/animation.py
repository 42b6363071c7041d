"""The animations: an episode of the slice, and load balancing on both of its maps.

Each GIF shows a test episode under a rule that looks at nothing, and beside it under what is best.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from difsched.config import ConfigManager
from difsched.env.mlb.config import CONFIGURATIONS
from difsched.env.slice.traffic.generator import Traffic
from difsched.utils.files import atomic, write_json
from experiments.paths import Layout
from experiments.rendering import tex
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import provenance
from paper import episode
from paper.families import cells

#: Configuration of the slice that is shown: the documented default.
SLICE = 2
#: Scene of load balancing -> configuration that is shown.
SCENES = {"synthetic": "synthetic_rl", "roads": "roads_rl"}
#: Steps from frame to frame, and milliseconds that each is shown.
EVERY, SHOWN_MS = 2, 200
#: Of a GIF; its colours are few, so that it stays small.
DPI, COLORS = 100, 48
SLICE_CAPTION = (
    r"The slice in motion, configuration {config}. Left: under the equal split; right: under the "
    r"oracle on the forecast. Above: the packets that each of {users} users has in a window "
    r"(outline) and those that get through in expectation (filled). Below: the resource blocks "
    r"granted a slot, {budget} in all, and dotted those with which nine tenths of the packets get "
    r"through. The equal split gives most users too few; the oracle serves some well and drops "
    r"others. {source}"
)
SCENE_CAPTION = (
    r"Mobility load balancing in motion, second by second: the {users} users of a test episode of "
    r"\texttt{{{name}}}. Left: without offsets; right: with the offsets of the exact one-step "
    r"optimum. Stars: sites; a line joins each user to the cell that serves it, which its colour "
    r"and marker say. Below: loads of the cells, and their standard deviation (SD), which is to be "
    r"small."
)


class Panel(Protocol):
    """A part of a drawing that is drawn anew for every step of an episode."""

    def show(self, step: int) -> None:
        """Show a step, from 0."""


def frames(drawing: Figure, panels: Sequence[Panel], steps: int) -> list[Image.Image]:
    """Return the pictures of an episode of so many steps, of few colours; the drawing is closed."""
    drawing.set_dpi(DPI)
    drawing.draw_without_rendering()
    drawing.set_layout_engine("none")  # nothing moves from frame to frame
    canvas, found = FigureCanvasAgg(drawing), []
    for step in range(0, steps, EVERY):
        for panel in panels:
            panel.show(step)
        canvas.draw()
        found.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
    plt.close(drawing)
    palette = found[len(found) // 2].quantize(COLORS, dither=Image.Dither.NONE)
    return [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in found]


def write_gif(path: Path, pictures: Sequence[Image.Image]) -> None:
    """Write pictures as a GIF that starts again at its end; equal pictures give equal bytes."""
    first, *rest = pictures
    with atomic(path) as temporary:
        first.save(temporary, save_all=True, append_images=rest, duration=SHOWN_MS, loop=0)


def main() -> None:
    """Write ``paper/figures/animation_NAME.gif`` of the slice and the scenes, and captions."""
    options = arguments()
    config = ConfigManager().load_env_config(SLICE)
    traffic = Traffic.load(Layout(options.workspace).traffic_path(config.dataflow))
    slices = frames(*episode.panels(config, traffic), episode.WINDOWS)
    write_gif(tex.FIGURES / "animation_slice.gif", slices)
    fields = {"users": config.N_user, "budget": config.B, "source": provenance(options)}
    captions = {"slice": SLICE_CAPTION.format(config=SLICE, **fields)}
    for scene, name in SCENES.items():
        shown = CONFIGURATIONS.load(name)
        captions[scene] = SCENE_CAPTION.format(users=shown.users, name=name.replace("_", r"\_"))
        write_gif(tex.FIGURES / f"animation_{scene}.gif", frames(*cells.panels(shown), shown.steps))
    write_json(tex.FIGURES / "animation.json", captions)


if __name__ == "__main__":
    main()
