// Images that are buttons: a click or Enter chooses one, arrow keys go from one to the next.
element.addEventListener("click", (event) => {
  const cell = event.target.closest("button.cell");
  if (cell) trigger("select", { index: Number(cell.dataset.index) });
});
element.addEventListener("keydown", (event) => {
  const cells = [...element.querySelectorAll("button.cell")];
  const at = cells.indexOf(event.target.closest("button.cell"));
  if (at < 0) return;
  const columns = Number(element.querySelector(".cells").dataset.columns);
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  const next = cells[at + steps[event.key]];
  if (!next) return;
  event.preventDefault();
  cells[at].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
