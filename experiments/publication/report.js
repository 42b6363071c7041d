"use strict";
const collator = new Intl.Collator("en", {numeric: true});

function sortable(table) {
  const home = [...table.tBodies].map(body => [body, [...body.rows]]);
  const rows = home.flatMap(([, lines]) => lines.filter(row => !row.classList.contains("section")));
  if (rows.length === 0) return;
  const heads = [...table.tHead.rows].at(-1).cells;

  function compare(column, number, sign) {
    return (a, b) => {
      const [x, y] = [a.cells[column].dataset.key, b.cells[column].dataset.key];
      if (!x || !y) return !x - !y;  // What is missing comes last either way.
      return sign * (number ? x - y : collator.compare(x, y));
    };
  }

  function sort(head) {
    const order = {ascending: "descending", descending: null}[head.getAttribute("aria-sort")];
    const next = order === undefined ? "ascending" : order;
    for (const other of heads) other.removeAttribute("aria-sort");
    table.classList.toggle("sorted", next !== null);
    if (next === null) {
      for (const [body, lines] of home) body.append(...lines);
      return;
    }
    head.setAttribute("aria-sort", next);
    const sign = next === "ascending" ? 1 : -1;
    const number = head.classList.contains("number");
    home[0][0].append(...[...rows].sort(compare(head.cellIndex, number, sign)));
  }

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(head));
  }
}

document.querySelectorAll("table").forEach(sortable);

/* Frames lie on each other, each with what changed: the k-th is seen when all up to it are shown. */
function playable(film) {
  const frames = [...film.querySelectorAll(".frames img")];
  const player = film.querySelector(".player");
  const [button, place] = player.children;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let wanted = !calm.matches, seen = false, timer = null;

  function show(last) {
    place.value = last;
    frames.forEach((frame, number) => { frame.hidden = number > last; });
  }

  function run() {
    clearInterval(timer);
    button.textContent = wanted ? "Pause" : "Play";
    if (wanted && seen) timer = setInterval(() => show((Number(place.value) + 1) % frames.length), 200);
  }

  function want(play) {
    wanted = play;
    run();
  }

  run();
  player.hidden = false;
  button.addEventListener("click", () => want(!wanted));
  place.addEventListener("input", () => {
    want(false);
    show(Number(place.value));
  });
  calm.addEventListener("change", () => want(!calm.matches));
  new IntersectionObserver(entries => {
    seen = entries.at(-1).isIntersecting;
    run();
  }).observe(film);
}

document.querySelectorAll(".film").forEach(playable);
