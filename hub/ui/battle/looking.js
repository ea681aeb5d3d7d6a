// Looking at the pictures of a battle: both are enlarged and moved together, one slides over the other, and on a phone a
// swipe towards the better one votes for it. Nothing of it is sent before that vote.
const MOST = 8;
const frames = (side) => [...document.querySelectorAll(`#side-${side}-image .vs-frame`)];
const dialog = element.querySelector("dialog");
const looking = window.vernissageTools.look("#wall", ".vs-frame:has(img)", MOST, (view) => {
  const farther = document.getElementById("look-farther");
  if (farther) farther.disabled = view.zoom === 1;
});
function slide(number = 0) {
  const pair = ["a", "b"].map((side) => frames(side)[number]?.querySelector("img"));
  if (!pair.every(Boolean)) return;
  const names = pair.map((_, at) => document.querySelector(`#side-${"ab"[at]}-card h3`)?.textContent || "AB"[at]);
  window.vernissageTools.slide(dialog, ...pair, names);
}
document.addEventListener("click", (event) => {
  const act = event.target.closest?.("#wall [data-look]")?.dataset.look;
  if (act === "closer") looking.zoom(looking.view.zoom * 1.5);
  if (act === "farther") looking.zoom(looking.view.zoom / 1.5);
  if (act === "slide") slide();
  const frame = looking.within(event);
  if (frame && !looking.wasDragged() && looking.view.zoom === 1) {
    slide(Math.max(frames("a").indexOf(frame), frames("b").indexOf(frame)));
  }
});
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("input, textarea, select, [role=tab], [contenteditable='true']");
  if (busy || document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (frames("a")[0]?.offsetParent && looking.step(event.key)) event.preventDefault();
});

// A swipe is a touch that goes far enough to one side, and not up or down; with pictures enlarged it moves them.
let start = null;
document.addEventListener("pointerdown", (event) => {
  const one = event.pointerType === "touch" && event.isPrimary && looking.within(event) && looking.view.zoom === 1;
  start = one ? { x: event.clientX, y: event.clientY, at: event.timeStamp } : null;
});
document.addEventListener("pointerup", (event) => {
  if (!start || !event.isPrimary) return;
  const [dx, dy, time] = [event.clientX - start.x, event.clientY - start.y, event.timeStamp - start.at];
  start = null;
  if (Math.abs(dx) < 60 || Math.abs(dx) < 2 * Math.abs(dy) || time > 800) return;
  const button = document.getElementById(dx < 0 ? "vote-a" : "vote-b");
  if (button && !button.disabled) button.click();
});
// A new battle is seen whole.
let seen = "";
document.addEventListener("battle-changed", () => {
  if (seen !== window.vernissage.token) looking.whole();
  seen = window.vernissage.token;
});
