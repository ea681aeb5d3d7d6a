// Buttons of the wall and the desk become the events "vote", "names", "retry" and "next_battle", a question that is
// chosen "ask" or "choose", reasons after a vote "reasons", and the page itself "open": it may have a battle at once. Only what the server sent goes back (the battle's token above all), and what the rater chose.
const facts = (window.vernissage ??= {});
let turn = 0; // of the events of reasons, which may overtake one another
let revealing = 0; // the timer until names are told by themselves
// A vote is kept until it is answered: a page that lost its connection is loaded anew by Gradio, and gives it again.
const VOTE = "vernissage_vote";
function keepVote(said) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(VOTE) ?? "null");
    if (said) sessionStorage.setItem(VOTE, JSON.stringify(said));
    else sessionStorage.removeItem(VOTE);
    return kept;
  } catch {
    return null; // this browser keeps nothing
  }
}
// The prompt of a battle that nobody typed comes into the box, unless something else is typed there; and the next key
// is a vote.
function fillPrompt(escaped) {
  const box = document.querySelector("#battle-prompt :is(input, textarea)");
  const text = (html) => new DOMParser().parseFromString(html ?? "", "text/html").documentElement.textContent;
  if (!box || ![text(facts.prompt), ""].includes(box.value.trim()) || box.value.trim() === text(escaped)) return;
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set.call(box, text(escaped));
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.blur();
}
const ticked = () => [...document.querySelectorAll("#tags input:checked")].map((box) => box.value);
function awaitNames() {
  clearTimeout(revealing);
  if (facts.undo) revealing = setTimeout(() => document.getElementById("reveal")?.click(), 1000 * facts.undo);
}
function give(name, said) {
  if (name === "vote") keepVote(said);
  trigger(name, said);
}
if (element.closest("#desk")) {
  let fresh = true; // no battle was on this page yet
  watch("trouble", () => keepVote());
  watch("value", () => {
    const kept = keepVote();
    const { token, criterion, prompt, wording, voted, given, undo } = props.value;
    if (facts.token !== token) fillPrompt(prompt);
    // An update keeps what was ticked; a new battle begins with nothing.
    if (facts.token !== token) {
      element.querySelectorAll("input").forEach((box) => (box.checked = false));
    }
    if (voted && !facts.voted) document.getElementById("next-battle")?.scrollIntoView({ block: "nearest" });
    Object.assign(facts, { token, criterion, prompt, wording, voted, given, undo });
    if (kept?.token === token && !voted && fresh) give("vote", kept);
    fresh = false;
    awaitNames();
    document.dispatchEvent(new Event("battle-changed")); // its pictures can be taken into the Studio once it has its vote
  });
  // Where none is ready yet, as soon after a start, it is asked for again, unless the visitor went on by themselves.
  const open = (waits) => {
    const box = document.querySelector("#battle-prompt :is(input, textarea)");
    if (facts.token || box?.value) return;
    trigger("open", {});
    setTimeout(() => open(waits.slice(1)), 1000 * (waits[0] ?? 30));
  };
  open([2, 4, 8, 16]);
  // Reasons may be given after the vote, until the names are told, which waits for them.
  element.addEventListener("change", (event) => {
    if (!facts.undo || !event.target.closest("#tags")) return;
    trigger("reasons", { token: facts.token, tags: ticked(), turn: `${(turn += 1)}` });
    awaitNames();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.closest("#question")) return;
    const { token, criterion, prompt, voted, given } = facts;
    const open = token && !voted; // its question can't change: another battle asks the chosen one
    trigger(open ? "ask" : "choose", { criterion, prompt, given, voted: voted ? "yes" : "", chosen: event.target.value });
  });
}
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button || button.disabled) return;
  const { token, criterion, prompt, wording, given } = facts;
  // A vote can be taken back; a battle that is asked for before that is over tells the last one's names.
  const undo = button.dataset.event === "vote" || facts.undo ? "yes" : "";
  const { outcome } = button.dataset;
  const send = () => {
    const agreed = facts.agreed; // which it may be only then
    give(button.dataset.event, { token, criterion, prompt, wording, given, outcome, tags: ticked(), undo, agreed });
  };
  if (button.dataset.event === "vote" && !facts.agreed) facts.askConsent(send); // the vote that was chosen is given then
  else send();
});
