"""What ``difsched models`` does: every published model, or the card of one."""

import argparse

from difsched.errors import InputError
from difsched.published import VARIABLE, models_folder, names, read_card
from difsched.utils.files import to_json
from difsched.utils.terminal import columns, say


def models(arguments: argparse.Namespace) -> None:
    """List the models, or print the card of one.

    Raises
    ------
    InputError
        If there are none, none of that name, or a card is damaged.
    """
    if arguments.name is not None:
        one = read_card(arguments.name).to_dict()
        say(one, to_json(one).rstrip(), arguments.json)
        return
    cards = {name: read_card(name) for name in names()}
    if not cards:
        raise InputError(
            f"there are no models in {models_folder()}; a checkout has them in artifacts/models, "
            f"and {VARIABLE} names another folder"
        )
    rows = [["model", "configuration", "weights", "loss", "score"]]
    for name, card in cards.items():
        points = "-" if card.score is None else f"{card.score:.1f}"
        rows.append([name, card.configuration, str(card.parameters), f"{card.loss:.4g}", points])
    values = {name: card.to_dict() for name, card in cards.items()}
    end = "difsched evaluate --model NAME uses one; difsched models NAME prints its card"
    say(values, f"{columns(rows)}\n{end}", arguments.json)
