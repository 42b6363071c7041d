"""What ``difsched families`` does: every family, its configurations and its methods."""

import argparse
from typing import Any

from difsched.baselines.method import SECTIONS
from difsched.baselines.registry import methods
from difsched.family import FAMILIES, Family, family_named
from difsched.utils.terminal import columns, say


def families(arguments: argparse.Namespace) -> None:
    """List the families, or the configurations and methods of one."""
    if arguments.name is None:
        known = {name: described(family) for name, family in FAMILIES.items()}
        say(known, _table(known), arguments.json)
        return
    about = described(family_named(arguments.name))
    say(about, _page(about), arguments.json)


def described(family: Family) -> dict[str, Any]:
    """Return a family's entities, cost, configurations and methods, as plain values."""
    return {
        "entity": family.entity,
        "cost": family.cost.label,
        "configurations": [
            {
                "config": number,
                "name": family.name_of(number),
                "entities": family.entities(family.load(number)),
            }
            for number in family.configurations()
        ],
        "methods": [
            {"method": name, "label": method.label, "section": SECTIONS[method.section]}
            for name, method in methods(family.name).items()
            if name not in family.not_served
        ],
    }


def _table(known: dict[str, dict[str, Any]]) -> str:
    rows = [["family", "serves", "configurations", "methods", "cost"]]
    for name, about in known.items():
        numbers = [one["config"] for one in about["configurations"]]
        shown = f"{numbers[0]}..{numbers[-1]}"
        served = f"{about['entity']}s"
        rows.append([name, served, shown, str(len(about["methods"])), about["cost"]])
    return f"{columns(rows)}\ndifsched families NAME lists the configurations and methods of one"


def _page(about: dict[str, Any]) -> str:
    configurations = [["config", "name", f"{about['entity']}s"]]
    for one in about["configurations"]:
        configurations.append([str(one["config"]), _own_name(one), str(one["entities"])])
    listed = [["method", "label", "section"]]
    listed += [[one["method"], one["label"], one["section"]] for one in about["methods"]]
    return f"{columns(configurations)}\n\n{columns(listed)}"


def _own_name(configuration: dict[str, Any]) -> str:
    """Return the name of a configuration; nothing where it has its number alone."""
    name: str = configuration["name"]
    return "" if name == str(configuration["config"]) else name
