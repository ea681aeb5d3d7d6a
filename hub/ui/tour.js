// The tour: one step at a time, by buttons or arrows; it is offered until somebody took it, or agreed to vote.
const dialog = element.querySelector("dialog");
const steps = [...dialog.querySelectorAll("section")];
const [back, next] = ["back", "next"].map((name) => dialog.querySelector(`[data-tour=${name}]`));
let at = 0;
function show(step) {
  at = Math.min(Math.max(step, 0), steps.length - 1);
  steps.forEach((one, number) => one.classList.toggle("vs-now", number === at));
  if (at === 0 && document.activeElement === back) next.focus();
  back.disabled = at === 0;
  next.textContent = at === steps.length - 1 ? next.dataset.done : next.dataset.next;
}
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#how-it-works")) return;
  window.vernissageCookies.write("vernissage_tour", "seen");
  document.documentElement.classList.remove("vs-first-visit");
  show(0);
  dialog.showModal();
});
back.addEventListener("click", () => show(at - 1));
next.addEventListener("click", () => (at === steps.length - 1 ? dialog.close() : show(at + 1)));
dialog.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step) show(at + step);
});
