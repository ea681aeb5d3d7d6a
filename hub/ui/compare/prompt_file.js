// Lines of a file go to the end of the prompts, as if they had been typed.
element.querySelector("button").addEventListener("click", () => element.querySelector("input").click());
element.querySelector("input").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  const box = document.querySelector("#compare-prompts textarea");
  if (!file || !box) return;
  const lines = (await file.slice(0, 1 << 16).text()).split(/\r?\n/).filter((line) => line.trim());
  const value = [box.value.trimEnd(), ...lines].filter(Boolean).join("\n");
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, value);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  event.target.value = "";
});
