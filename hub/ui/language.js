// The switch of the page's language: a cookie, which every later request and event brings, and the page anew, with the
// battle that is open.
const header = element.querySelector("header");
const select = header.querySelector("select");
select.addEventListener("change", () => {
  // Inside another site's frame, as on a Space, a browser keeps cookies of this kind only.
  const framed = location.protocol === "https:" ? "SameSite=None; Secure; Partitioned" : "SameSite=Lax";
  document.cookie = `vernissage_language=${select.value}; Max-Age=31536000; Path=/; ${framed}`;
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
