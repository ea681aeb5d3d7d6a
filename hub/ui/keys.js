// Votes by keyboard: 1 or A, 2 or B, 3 or T (tie), 4 or N (neither); never while something is being typed.
(() => {
  const outcomes = { 1: "a", a: "a", 2: "b", b: "b", 3: "tie", t: "tie", 4: "both_bad", n: "both_bad" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input, textarea, select, [contenteditable='true']")) return;
    const button = document.getElementById("vote-" + outcomes[event.key.toLowerCase()]);
    if (button && !button.disabled && button.offsetParent) {
      event.preventDefault();
      button.click();
    }
  });
})();
