// While a run is under way and its tab is in sight, the page asks how far it is.
const SECONDS = 2;
let asked = 0;
setInterval(() => {
  const { live, job } = props.value ?? {};
  if (!live || document.hidden || !element.offsetParent || Date.now() - asked < 1000 * SECONDS) return;
  asked = Date.now() + 8000; // until the answer is there, or is lost
  const seen = document.querySelector("#" + element.id.replace("-status", "-steps") + " [data-mark]")?.dataset.mark ?? "";
  trigger("look", { job, seen });
}, 500);
watch("value", () => (asked = Date.now()));
