"""The demo's controls: where is decided, by whom, beside whom."""

import streamlit as st

from difsched.errors import InputError
from difsched.family import family_named
from experiments.demo.players import (
    Kind,
    Place,
    Player,
    families,
    models_for,
    oracle_for,
    rules_for,
)
from experiments.demo.sliders import sliders

#: Words of the choice of a method -> kind of player.
KINDS: dict[str, Kind] = {
    "published model": "model",
    "rule or oracle": "method",
    "own FILE.py:CLASS": "own",
    "upload of weights": "upload",
}


def place() -> Place:
    """Ask for family, configuration, sliders and episodes."""
    name = st.selectbox("Family", families())
    family = family_named(name)
    config = st.selectbox(
        "Configuration",
        list(family.configurations()),
        format_func=lambda number: _named(number, family.name_of(number)),
        key=f"config of {name}",
    )
    usual = family.load(config)
    values = []
    with st.expander("Parameters"):
        for one in sliders(name, usual):
            kind = type(one.step)
            start = kind(one.usual(usual))
            value = st.slider(
                one.label,
                kind(min(one.low, start)),
                kind(max(one.high, start)),
                start,
                one.step,
                key=f"{one.name} of {name} {config}",
            )
            if value != start:
                values.append((one.name, value))
        episodes = st.slider("Test episodes side by side", 2, 20, 5)
    return Place(name, config, tuple(values), episodes)


def _named(number: object, name: str) -> str:
    return name if str(number) == name else f"{number}: {name}"


def player(where: Place) -> Player | None:
    """Ask for who decides; None where nothing is chosen yet."""
    models = models_for(where.family, where.config)
    words = [word for word, kind in KINDS.items() if kind != "model" or models]
    words = [word for word in words if KINDS[word] != "own" or where.family == "slice"]
    kind = KINDS[st.selectbox("Method", words, key=f"kind of {where.family}")]
    if kind == "upload":
        file = st.file_uploader("Weights, .safetensors of difsched train; never a pickle")
        return None if file is None else Player("upload", file.name, file.getvalue())
    if kind == "own":
        text = st.text_input(
            "FILE.py:CLASS", placeholder="examples/rule_scheduler.py:CLASS"
        ).strip()
        return Player("own", text) if text else None
    names = models if kind == "model" else rules_for(where.family)
    return Player(kind, st.selectbox("Name", names, key=f"{kind} of {where}"))


def beside(where: Place) -> Player | None:
    """Ask for what stands beside it: the oracle, unless another rule is chosen; None is nothing."""
    names = rules_for(where.family)
    usual = oracle_for(where).name
    chosen = st.selectbox(
        "Beside it",
        ["nothing", *names],
        1 + names.index(usual) if usual in names else 0,
        key=f"beside of {where.family} {where.config}",
    )
    return None if chosen == "nothing" else Player("method", chosen)


def others(where: Place) -> list[Player]:
    """Ask for further methods whose episodes are compared."""
    offered = [Player("model", name) for name in models_for(where.family, where.config)]
    offered += [Player("method", name) for name in rules_for(where.family)]
    names = {one.name: one for one in offered}
    chosen = st.multiselect("Compare with", list(names), key=f"others of {where.family}")
    return [names[name] for name in chosen]


def refusal(error: InputError) -> None:
    """Show what is wrong, in its one line."""
    st.error(str(error))
