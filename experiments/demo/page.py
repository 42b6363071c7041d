"""The demo's page, which Streamlit runs: controls at the side, the window, episodes compared."""

import streamlit as st

from difsched.errors import InputError
from experiments.demo import controls
from experiments.demo.course import Course, compare, course_of
from experiments.demo.players import Place, Player
from experiments.demo.views import view_of
from experiments.demo.views.charts import intervals, lines

#: Seconds from window to window while it plays.
PACE = 1.0


def main() -> None:
    """Draw the page from the controls' state."""
    st.set_page_config("difsched", layout="wide")
    st.header("Watch a scheduler decide")
    with st.sidebar:
        place = controls.place()
        try:
            player = controls.player(place)
            beside = controls.beside(place)
        except InputError as error:
            controls.refusal(error)
            return
    if player is None:
        st.info("Choose weights or a class at the side: they decide here then.")
        return
    players = [player, *([beside] if beside else [])]
    courses = _courses(place, players)
    if not courses:
        return
    window_tab, episodes_tab = st.tabs(["Window by window", "Episodes compared"])
    with window_tab:
        _controls_of_time(next(iter(courses.values())))
        every = PACE if st.session_state.get("play") else None
        st.fragment(_window, run_every=every)(courses)
    with episodes_tab:
        _episodes(place, [one for one in players if one.name in courses])


def _courses(place: Place, players: list[Player]) -> dict[str, Course]:
    """Return the courses of those that can decide here; say of the others why not."""
    courses = {}
    for one in players:
        try:
            with st.spinner(f"{one.name} ..."):
                courses[one.name] = course_of(place, one)
                courses[one.name].at(0)
        except InputError as error:
            courses.pop(one.name, None)
            controls.refusal(error)
    return courses


def _controls_of_time(course: Course) -> None:
    st.session_state.setdefault("window", 1)
    st.session_state.window = min(st.session_state.window, course.length)
    count = course.losses(0).shape[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Episode", range(1, count + 1), key="episode", width=120)
        st.button("Back", on_click=_move, args=(-1, course.length))
        st.button("Step", on_click=_move, args=(1, course.length))
        st.toggle("Play", key="play")


def _move(by: int, length: int) -> None:
    st.session_state.window = min(max(st.session_state.window + by, 1), length)


def _window(courses: dict[str, Course]) -> None:
    """Draw a window; while it plays, the next one at every call."""
    course = next(iter(courses.values()))
    if st.session_state.get("play"):
        _move(1, course.length)
    st.slider("Window", 1, course.length, key="window")
    number, episode = st.session_state.window - 1, st.session_state.episode - 1
    try:
        scenes = {who: one.at(number).scene for who, one in courses.items()}
    except InputError as error:
        controls.refusal(error)
        return
    family, config = course.family, course.config
    cost = f"{family.cost.label} {family.cost.unit}".strip()
    st.table(_summary(courses, cost, number, episode))
    pictures = view_of(family.name).pictures(config, scenes, episode)
    so_far = {who: one.losses(number)[episode] for who, one in courses.items()}
    drawn = [*pictures, (f"{cost} so far", lines(so_far, "window", cost, course.length))]
    for place_of, (title, spec) in enumerate(drawn):
        if place_of % 2 == 0:
            pair = st.columns(2)
        with pair[place_of % 2]:
            st.markdown(f"**{title}**")
            st.vega_lite_chart(spec, width="stretch")
    with st.expander("Numbers of this window"):
        for who, scene in scenes.items():
            st.markdown(f"**{who}**")
            st.dataframe(scene.rows(episode, family.entity), hide_index=True)
        st.markdown("**So far in the episode**")
        st.dataframe(
            [
                {
                    "measure": metric.label,
                    "unit": metric.unit,
                    **{
                        who: float(one.figures(number)[metric.name][episode])
                        for who, one in courses.items()
                    },
                }
                for metric in family.metrics
                if all(metric.name in one.figures(number) for one in courses.values())
            ],
            hide_index=True,
        )


def _summary(
    courses: dict[str, Course], cost: str, number: int, episode: int
) -> dict[str, dict[str, str]]:
    """Return the numbers above the pictures: measure -> player -> what it is."""
    found: dict[str, dict[str, str]] = {}
    for who, one in courses.items():
        losses, fairness = one.losses(number)[episode], one.fairness(number)
        told = {
            f"{cost}, this window": f"{losses[-1]:.4g}",
            f"{cost}, so far": f"{losses.mean():.4g}",
        }
        if fairness is not None:
            told["Jain's index, so far"] = f"{fairness[episode]:.3f}"
        for name, value in told.items():
            found.setdefault(name, {})[who] = value
    return found


def _episodes(place: Place, players: list[Player]) -> None:
    """Draw whole episodes of several methods side by side."""
    chosen = [*players, *(one for one in controls.others(place) if one not in players)]
    if not st.toggle("Play all episodes to their end", key="compare"):
        st.caption("Slow learners take seconds; what was played is kept.")
        return
    rows = []
    for one in chosen:
        try:
            with st.spinner(f"{one.name} ..."):
                found = compare(place, one)
        except InputError as error:
            controls.refusal(error)
            continue
        rows.append(
            {
                "who": one.name,
                "mean": found.mean,
                "half_width": found.half_width,
                "episodes": found.by_episode.tolist(),
                "ms a decision": found.decide_ms,
            }
        )
    if not rows:
        return
    family = course_of(place, players[0]).family
    cost = f"{family.cost.label} {family.cost.unit}".strip()
    st.vega_lite_chart(intervals(rows, f"{cost}, lower is better"), width="stretch")
    st.dataframe(
        [
            {
                "method": row["who"],
                cost: row["mean"],
                "95 % interval, ±": row["half_width"],
                "ms a decision": row["ms a decision"],
            }
            for row in rows
        ],
        hide_index=True,
    )
    st.caption(
        f"{place.episodes} common test episodes; points: episodes; line: 95 % interval of the mean "
        "for other episodes."
    )


main()
