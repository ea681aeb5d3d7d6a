// The switch of the page's language: a cookie, which every later request and event brings, and the page anew, with the
// battle that is open.
const header = element.querySelector("header");
const select = header.querySelector("select");
select.addEventListener("change", () => {
  window.vernissageCookies.write("vernissage_language", select.value);
  location.reload();
});
// Words of Gradio's own notes, and of its menu of tabs, which it has in English only, as they appear.
const words = JSON.parse(header.dataset.words);
const say = (text) => words[text?.trim()];
if (Object.keys(words).length) {
  new MutationObserver(() => {
    for (const note of document.querySelectorAll('.toast-wrap *, [aria-label="More tabs"]')) {
      const [label, text] = [say(note.ariaLabel), note.childElementCount ? "" : say(note.textContent)];
      if (label) note.ariaLabel = label;
      if (text) note.textContent = text;
    }
  }).observe(document.body, { childList: true, subtree: true });
}
