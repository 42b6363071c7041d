"""``./run_all.sh list methods``: code name, printed label, section, what it is."""

from itertools import groupby

from difsched.baselines.method import SECTIONS
from difsched.baselines.registry import METHODS


def methods_listing() -> str:
    """Return every method, one a line below its section's heading."""
    width, room = (
        max(len(getattr(method, part)) for method in METHODS.values()) for part in ("name", "label")
    )
    lines = [f"  {'code name':<{width}}  {'label':<{room}}"]
    for section, group in groupby(METHODS.values(), key=lambda method: method.section):
        lines.append(f"{SECTIONS[section]}:")
        lines += [
            f"  {one.name:<{width}}  {one.label:<{room}}  {one.about}".rstrip() for one in group
        ]
    return "\n".join([*lines, "", "Either name is understood, in capitals or not."])
