// Consent before the first vote. What was agreed to goes with every vote; a cookie remembers it, so that it is asked for
// once (how many do is counted, not who), and where cookies are blocked once for each time the page is loaded.
const NAME = "vernissage_consent";
const facts = (window.vernissage ??= {});
const dialog = element.querySelector("dialog");
const { text } = dialog.dataset;
let give = null; // the vote that waits for consent
if (window.vernissageCookies.read(NAME) === text) facts.agreed = text;
facts.askConsent = (vote) => {
  give = vote;
  dialog.returnValue = "";
  dialog.showModal();
  trigger("consent", { answer: "asked" });
};
dialog.addEventListener("close", () => {
  trigger("consent", { answer: dialog.returnValue === "agree" ? "agreed" : "declined" });
  if (dialog.returnValue !== "agree") return;
  facts.agreed = text;
  window.vernissageCookies.write(NAME, text);
  give();
});
