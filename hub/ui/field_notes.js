// Sentences at fields. A refusal that names its field comes as a note in the corner: it is moved to the field before it
// is seen, and goes at the next typing, or when something is asked for again. A prompt's characters are counted.
const heard = element.querySelector("#field-notes");
const facts = heard.dataset;
const NEAR = 0.8; // of the room, from which it is said how much is taken
const fill = (said, values) => said.replace(/{(\w+)}/g, (_, name) => values[name]);
const inputOf = (block) => block.querySelector("textarea, input:not([hidden]), button");
const rowOf = (block) => block.closest(".vs-ask") ?? block;
const noteOf = (block, kind) => document.getElementById(`${block.id}-${kind}`);

function mark(block) {
  const notes = ["refused", "counted"].map((kind) => noteOf(block, kind)).filter(Boolean);
  const input = inputOf(block);
  const wrong = notes.some((note) => note.matches(".vs-refused, .vs-over"));
  if (input.matches("textarea, input:not([type=checkbox], [type=radio])")) input.ariaInvalid = wrong ? "true" : null;
  if (notes.length) input.setAttribute("aria-describedby", notes.map((note) => note.id).join(" "));
  else input.removeAttribute("aria-describedby");
}
function clear(block) {
  if (!noteOf(block, "refused")) return;
  noteOf(block, "refused").remove();
  mark(block);
}
function refuse(block, said) {
  clear(block);
  const note = Object.assign(document.createElement("p"), { id: `${block.id}-refused`, className: "vs-refused" });
  note.dataset.of = block.id;
  note.role = "alert";
  rowOf(block).append(note);
  note.textContent = said;
  mark(block);
  const typing = document.activeElement?.matches("textarea, input:not([type=checkbox], [type=radio])");
  if (!typing || block.contains(document.activeElement)) inputOf(block).focus();
}
new MutationObserver(() => {
  for (const said of document.querySelectorAll(".toast-wrap .vs-refusal")) {
    const block = document.getElementById(said.classList[1]);
    const note = said.closest(".toast-body");
    if (!block?.offsetParent || !note || note.style.display) continue;
    note.style.display = "none";
    refuse(block, said.textContent);
    said.textContent = ""; // it is there once, while the note goes away
    note.querySelector(".toast-close")?.click();
  }
}).observe(document.body, { childList: true, subtree: true });

// The longest line is what counts where each line is a prompt.
function measure(box, block) {
  const lines = block.matches(".vs-lines") ? box.value.split("\n") : [box.value];
  const counts = lines.map((line) => [...line.trim()].length);
  const count = Math.max(...counts);
  const [most, more] = [Number(facts.most), count - Number(facts.most)];
  if (count < NEAR * most) return { said: "", over: false };
  const said = fill(more > 0 ? facts.over : facts.near, { count, most, more });
  return { said: lines.length > 1 ? fill(facts.line, { line: counts.indexOf(count) + 1, said }) : said, over: more > 0 };
}
let speaking = 0;
function count(box) {
  const block = box.closest(".vs-counting");
  const { said, over } = measure(box, block);
  const note = noteOf(block, "counted") ?? Object.assign(document.createElement("span"), { id: `${block.id}-counted` });
  if (said) block.append(note);
  else note.remove();
  note.className = `vs-counted${over ? " vs-over" : ""}`;
  note.textContent = said;
  mark(block);
  clearTimeout(speaking);
  speaking = setTimeout(() => { heard.textContent = said && fill(facts.spoken, { said }); }, 1000);
}
const fieldOf = (event) => event.target.closest?.("textarea, input, [contenteditable='true']");
document.addEventListener("input", (event) => {
  const box = fieldOf(event);
  for (let block = box; block; block = block.parentElement?.closest("[id]")) if (block.id) clear(block);
  const block = box?.closest(".vs-counting");
  if (!block) return;
  // The box of one prompt grows with what is typed, not by what comes by itself, and has no line breaks.
  block.classList.toggle("vs-typed", event.isTrusted);
  if (!block.matches(".vs-lines") && box.value.includes("\n")) box.value = box.value.replace(/\s*\n\s*/g, " ");
  count(box);
}, true);
document.addEventListener("focusin", (event) => {
  const box = event.target.closest?.(".vs-counting :is(textarea, input)");
  if (!box) return;
  box.closest(".vs-counting").classList.add("vs-typed");
  count(box);
});
// What is asked for again is refused again, or is done.
function begin(event) {
  const panel = event.target.closest?.("[role=tabpanel]");
  for (const note of panel?.querySelectorAll(".vs-refused") ?? []) clear(document.getElementById(note.dataset.of));
}
document.addEventListener("click", (event) => event.target.closest?.("button") && begin(event), true);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing && fieldOf(event)) begin(event);
}, true);
