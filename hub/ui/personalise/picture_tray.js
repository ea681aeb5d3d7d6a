// A tray of several pictures: by files, by dropping or pasting them. Each one's bytes go to the arena's own address, one
// after another; by the event "taken" this page puts what arrived into the tray.
const part = (name) => element.querySelector(name);
const tray = () => part(".vs-tray");
const say = (text) => (part(".vs-said").textContent = text);
let sending = false;

async function send(files) {
  const pictures = [...files];
  if (sending || !pictures.length) return;
  const { most, many, large, busy, lost, bytes } = tray().dataset;
  const room = Number(most) - element.querySelectorAll(".vs-tray figure").length;
  if (pictures.length > room) return say(many);
  sending = true;
  const names = [], refused = [];
  for (const [number, file] of pictures.entries()) {
    say(`${busy} ${number + 1}/${pictures.length}`);
    if (file.size > Number(bytes)) {
      refused.push(large);
      continue;
    }
    const answer = await fetch("picture", { method: "POST", body: file }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    if (answer?.ok) names.push(told.name);
    else refused.push(told?.error ?? lost);
  }
  sending = false;
  say([...new Set(refused)].join(" "));
  if (names.length) trigger("taken", { pictures: names, said: [...new Set(refused)].join(" ") });
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button?.dataset.act === "file") part("input[type=file]").click();
  if (button?.dataset.act === "remove") trigger("remove", { sha256: button.dataset.picture });
  if (button?.dataset.act === "clear") trigger("remove", { sha256: "" });
});
element.addEventListener("change", (event) => {
  if (event.target.type !== "file") return;
  send([...event.target.files]);
  event.target.value = "";
});
element.addEventListener("dragover", (event) => event.preventDefault());
element.addEventListener("drop", (event) => {
  event.preventDefault();
  send(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])].filter((one) => one.type.startsWith("image/"));
  if (!files.length || !tray()?.offsetParent) return;
  event.preventDefault();
  send(files);
});
