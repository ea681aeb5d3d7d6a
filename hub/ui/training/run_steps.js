// The steps of a run: the slider shows the preview of its step, and the buttons say which step they are about. What was
// chosen, and how much is seen of the picture before, stays when more steps come; whoever looks at the last one follows.
const part = (name) => element.querySelector(name);
let chosen = null, run = "", focused = "", share = 0;
const numbers = (name) => JSON.parse(part(".vs-run-step")?.dataset[name] ?? "[]");

function show() {
  const range = part(".vs-run-step");
  if (!range) return;
  const step = numbers("steps")[Number(range.value)];
  part(".vs-picker output").textContent = step;
  range.setAttribute("aria-valuetext", String(step));
  element.querySelectorAll("[data-step]").forEach((one) => (one.hidden = Number(one.dataset.step) !== step));
  element.querySelectorAll("[data-of-step]").forEach((one) => (one.disabled = !numbers("kept").includes(step)));
  return step;
}

function restore() {
  const range = part(".vs-run-step");
  if (run !== (props.value?.job ?? "")) [run, chosen] = [props.value?.job ?? "", null];
  if (range && chosen !== null && numbers("steps").includes(chosen)) range.value = numbers("steps").indexOf(chosen);
  show();
  const slider = part(".vs-share");
  if (slider) slider.value = share;
  part(".vs-over")?.style.setProperty("--share", `${share}%`);
  if (focused) part(focused)?.focus();
}

element.addEventListener("input", (event) => {
  if (event.target.matches(".vs-share")) share = Number(event.target.value);
  if (!event.target.matches(".vs-run-step")) return;
  const step = show();
  chosen = Number(event.target.value) === numbers("steps").length - 1 ? null : step;
});
const sliders = [".vs-run-step", ".vs-share"]; // which keep the focus when the steps are written anew
document.addEventListener("focusin", (event) => {
  focused = element.contains(event.target) ? sliders.find((one) => event.target.matches(one)) ?? "" : "";
});

const act = (name) => trigger("act", { act: name, job: props.value?.job ?? "", step: show() ?? 0 });
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (!button || button.disabled) return;
  if (!button.dataset.confirm) return act(button.dataset.act);
  const dialog = part("dialog");
  dialog.ariaLabel = dialog.querySelector("p").textContent = button.dataset.confirm;
  dialog.returnValue = "no"; // what Escape leaves it at
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && act(button.dataset.act), { once: true });
  dialog.showModal();
});
watch("value", () => queueMicrotask(restore));
restore();
