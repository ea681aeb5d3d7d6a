// Votes by keyboard: 1 or A, 2 or B, 3 or T (tie), 4 or N (neither); never while something is being typed.
(() => {
  const outcomes = { 1: "a", a: "a", 2: "b", b: "b", 3: "tie", t: "tie", 4: "both_bad", n: "both_bad" };
  const typing = (event) => event.target.closest("input, textarea, select, [contenteditable='true']");
  document.addEventListener("keydown", (event) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const button = document.getElementById("vote-" + outcomes[event.key.toLowerCase()]);
    if (button && !button.disabled && button.offsetParent) {
      event.preventDefault();
      button.click();
    }
  });
  // Enter in the prompt draws and, like Escape, leaves the box, so that the next key is a vote.
  document.addEventListener("keyup", (event) => {
    if (!event.isComposing && ["Enter", "Escape"].includes(event.key)) typing(event)?.blur();
  });
})();
