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
