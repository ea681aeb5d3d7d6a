// Votes by keyboard: 1 or A, 2 or B, 3 or T (tie), 4 or N (neither), U to take one back, R to see the names, Enter
// for the next battle, + and - for a closer look, S to slide one picture over the other; never while something is typed.
(() => {
  const outcomes = { 1: "a", a: "a", 2: "b", b: "b", 3: "tie", t: "tie", 4: "both_bad", n: "both_bad" };
  const after = { u: "undo", r: "reveal", "+": "look-closer", "=": "look-closer", "-": "look-farther", s: "look-slide" };
  const typing = (event) =>
    event.target.closest("input:not([type='checkbox'], [type='radio']), textarea, select, [contenteditable='true']");
  const press = (button, event) => {
    if (!button || button.disabled || !button.offsetParent) return;
    event.preventDefault();
    button.click();
  };
  document.addEventListener("keydown", (event) => {
    if (typing(event) || document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const key = event.key.toLowerCase();
    if (outcomes[key]) press(document.getElementById("vote-" + outcomes[key]), event);
    else if (after[key]) press(document.getElementById(after[key]), event);
    else if (event.key === "Enter" && !event.target.closest("button, a")) {
      press(document.getElementById("next-battle"), event);
    }
  });
  // Enter in the prompt draws and, like Escape, leaves the box, so that the next key is a vote; not where it is refused.
  document.addEventListener("keyup", (event) => {
    const box = typing(event);
    if (!event.isComposing && ["Enter", "Escape"].includes(event.key) && box?.ariaInvalid !== "true") box?.blur();
  });
})();
