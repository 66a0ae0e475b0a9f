"use strict";
// Without this script a cell's address shows its panel (:target). With it the panel is modal: Escape closes it, focus
// returns to the cell, arrow keys walk the heat map.
document.documentElement.classList.add("js");

const panels = () => [...document.querySelectorAll("dialog")];

function show() {
  const wanted = document.getElementById(location.hash.slice(1));
  for (const panel of panels()) if (panel.open && panel !== wanted) panel.close("replaced");
  if (wanted instanceof HTMLDialogElement && !wanted.open) {
    wanted.showModal();
    wanted.scrollTop = 0;
  }
}

for (const panel of panels()) {
  panel.addEventListener("close", () => {
    if (panel.returnValue !== "replaced") {
      history.replaceState(null, "", location.pathname + location.search);
      document.getElementById("at-" + panel.id)?.focus();
    }
    panel.returnValue = "";
  });
  panel.addEventListener("click", (event) => {
    const link = event.target.closest("a.close");
    if (event.target === panel || link) {
      event.preventDefault();
      panel.close();
    }
  });
}

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

document.addEventListener("keydown", (event) => {
  const panel = event.target.closest("dialog");
  if (panel && (event.key === "ArrowLeft" || event.key === "ArrowRight") && !event.target.closest(".scroll, pre")) {
    panel.querySelector(event.key === "ArrowLeft" ? "[rel=prev]" : "[rel=next]")?.click();
    return;
  }
  const cell = event.target.closest(".map td");
  const move = MOVES[event.key];
  if (!cell || !move || event.ctrlKey || event.altKey || event.metaKey) return;
  const rows = cell.closest("tbody").rows;
  let row = cell.parentElement.sectionRowIndex;
  let column = cell.cellIndex;
  let next = null;
  do {
    row += move[0];
    column += move[1];
    next = rows[row]?.cells[column];
  } while (next && next.tagName === "TD" && !next.firstElementChild);
  if (next?.tagName !== "TD") return;
  next.firstElementChild.focus();
  event.preventDefault();
});

addEventListener("hashchange", show);
show();
