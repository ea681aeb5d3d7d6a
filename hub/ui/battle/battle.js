// Buttons of the wall and the desk become the events "vote", "names", "retry" and "next_battle", and a question that is
// chosen "ask" or "choose". Only what the server sent goes back (the battle's token above all), and what the rater chose.
const facts = (window.vernissage ??= {});
if (element.closest("#desk")) {
  watch("value", () => {
    const { token, criterion, prompt, voted } = props.value;
    // An update keeps what was ticked; a new battle, and a vote that was saved, begin with nothing.
    if (facts.token !== token || facts.voted !== voted) {
      element.querySelectorAll("input").forEach((box) => (box.checked = false));
    }
    if (voted && !facts.voted) document.getElementById("next-battle")?.scrollIntoView({ block: "nearest" });
    Object.assign(facts, { token, criterion, prompt, voted });
    document.dispatchEvent(new Event("battle-changed")); // its pictures can be taken into the Studio once it has its vote
  });
  document.addEventListener("change", (event) => {
    if (!event.target.closest("#question")) return;
    const { token, criterion, voted } = facts;
    const open = token && !voted; // its question can't change: another battle asks the chosen one
    trigger(open ? "ask" : "choose", { criterion, voted: voted ? "yes" : "", chosen: event.target.value });
  });
}
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button || button.disabled) return;
  const { token, criterion, prompt } = facts;
  const tags = [...document.querySelectorAll("#tags input:checked")].map((box) => box.value);
  const { outcome } = button.dataset;
  trigger(button.dataset.event, { token, criterion, prompt, outcome, tags });
});
