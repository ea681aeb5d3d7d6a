// The tools of a comparison. All pictures are moved by the same variables of the sheet, so that they stay together; what
// is chosen is marked again whenever the sheet is written anew.
const sheet = () => document.getElementById("compare-sheet");
const part = (name) => element.querySelector(`[data-act=${name}]`);
const words = JSON.parse(element.querySelector(".vs-tools").dataset.words);
const said = element.querySelector(".vs-tools [role=status]");
const dialog = element.querySelector("dialog");
const view = { zoom: 1, x: 0, y: 0 };
let picked = [];
let shown = "0";

function show() {
  const most = (view.zoom - 1) / (2 * view.zoom); // so far that no edge comes into the frame
  for (const axis of ["x", "y"]) view[axis] = Math.min(most, Math.max(-most, view[axis]));
  for (const name of Object.keys(view)) sheet()?.style.setProperty(`--${name}`, view[name]);
  sheet()?.classList.toggle("vs-closer", view.zoom > 1);
  part("zoom").value = view.zoom;
}
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
function slide() {
  for (const [at, name] of ["over", "under"].entries()) {
    const image = sheet().querySelector(`[data-cell="${picked[at]}"] img`);
    const copy = dialog.querySelector(`[data-picture=${name}]`);
    copy.src = image.src;
    copy.alt = image.alt;
    dialog.querySelector(`[data-name=${name}]`).textContent = image.alt;
  }
  dialog.showModal();
}

function turn(turned) {
  sheet()?.classList.toggle("vs-turned", turned);
  part("swap").setAttribute("aria-pressed", String(turned));
}
part("swap").addEventListener("click", () => turn(!sheet()?.classList.contains("vs-turned")));
part("zoom").addEventListener("input", () => { view.zoom = Number(part("zoom").value); show(); });
part("whole").addEventListener("click", () => { Object.assign(view, { zoom: 1, x: 0, y: 0 }); show(); });
part("slide").addEventListener("click", slide);

// Choosing is a click; with a picture enlarged, a drag moves all of them, and so do the arrows.
let from = null;
let dragged = false;
const within = (event) => event.target.closest?.("#compare-sheet [data-cell]");
document.addEventListener("pointerdown", (event) => {
  dragged = false;
  const cell = within(event);
  from = cell && view.zoom > 1 ? { x: event.clientX, y: event.clientY, at: { ...view }, side: cell.clientWidth } : null;
});
document.addEventListener("pointermove", (event) => {
  if (!from) return;
  const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
  if (Math.hypot(dx, dy) > 4) dragged = true;
  if (!dragged) return;
  view.x = from.at.x + dx / (from.side * view.zoom);
  view.y = from.at.y + dy / (from.side * view.zoom);
  show();
});
for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => { from = null; });
document.addEventListener("click", (event) => {
  const cell = within(event);
  if (cell && !dragged) pick(cell);
  dragged = false;
});
document.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!within(event) || view.zoom === 1 || !steps || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  view.x += steps[0] / (8 * view.zoom);
  view.y += steps[1] / (8 * view.zoom);
  show();
});
new MutationObserver(mark).observe(document.body, { childList: true, subtree: true });
show();
