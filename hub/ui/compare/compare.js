// The tools of a comparison. All of its pictures are enlarged and moved together; what is chosen is marked again
// whenever the sheet is written anew.
const sheet = () => document.getElementById("compare-sheet");
const part = (name) => element.querySelector(`[data-act=${name}]`);
const words = JSON.parse(element.querySelector(".vs-tools").dataset.words);
const said = element.querySelector(".vs-tools [role=status]");
const looking = window.vernissageTools.look("#compare-sheet", "[data-cell]", Number(part("zoom").max), (view) => {
  part("zoom").value = view.zoom;
});
let picked = [];
let shown = "0";

function mark() {
  const asked = sheet()?.querySelector(".vs-compare")?.dataset.turned;
  if (asked !== undefined && asked !== shown) turn((shown = asked) === "1"); // a new comparison says how it is shown
  const cells = [...(sheet()?.querySelectorAll("[data-cell]") ?? [])];
  picked = picked.filter((number) => cells.some((cell) => cell.dataset.cell === number));
  for (const cell of cells) {
    const pressed = String(picked.includes(cell.dataset.cell));
    if (cell.getAttribute("aria-pressed") !== pressed) cell.setAttribute("aria-pressed", pressed);
  }
  part("slide").disabled = picked.length < 2;
  const text = words[["none", "one", "two"][picked.length]];
  if (said.textContent !== text) said.textContent = text;
}
function pick(cell) {
  const number = cell.dataset.cell;
  picked = picked.includes(number) ? picked.filter((one) => one !== number) : [...picked.slice(-1), number];
  mark();
}
function turn(turned) {
  sheet()?.classList.toggle("vs-turned", turned);
  part("swap").setAttribute("aria-pressed", String(turned));
}
part("swap").addEventListener("click", () => turn(!sheet()?.classList.contains("vs-turned")));
part("zoom").addEventListener("input", () => looking.zoom(Number(part("zoom").value)));
part("whole").addEventListener("click", looking.whole);
part("slide").addEventListener("click", () => {
  const images = picked.map((number) => sheet().querySelector(`[data-cell="${number}"] img`));
  window.vernissageTools.slide(element.querySelector("dialog"), ...images);
});

// Choosing is a click; with a picture enlarged, a drag moves all of them, and so do the arrows.
document.addEventListener("click", (event) => {
  const cell = looking.within(event);
  if (cell && !looking.wasDragged()) pick(cell);
});
document.addEventListener("keydown", (event) => {
  if (!looking.within(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (looking.step(event.key)) event.preventDefault();
});
new MutationObserver(mark).observe(document.body, { childList: true, subtree: true });
looking.show();
