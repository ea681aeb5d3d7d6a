// The panel of one's own votes: it hears of each vote, and is filled in when it is opened.
const details = () => element.querySelector("details");
// Days in a row are those of this browser's clock.
const look = (open) => trigger("own", { open: open ? "yes" : "", west: `${new Date().getTimezoneOffset()}` });
let voted = false;
document.addEventListener("battle-changed", () => {
  const now = Boolean(window.vernissage.voted && !window.vernissage.undo);
  if (now && !voted) look(details()?.open);
  voted = now;
});
element.addEventListener("toggle", (event) => {
  if (event.target === details() && details().open && !element.querySelector(".vs-own-body").childElementCount) look(true);
}, true);
element.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-own=ask]")) element.querySelector("dialog").showModal();
});
element.addEventListener("close", (event) => {
  if (event.target.returnValue === "withdraw") trigger("withdraw", {});
}, true);
look(false);
