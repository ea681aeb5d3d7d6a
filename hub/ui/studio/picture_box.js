// A box that takes a picture: by a file, by dropping or pasting one, by the camera, or of the last battle. The bytes go
// to the arena's own address, which answers with a name; by the event "taken" this page makes the picture its own.
const say = (text) => (element.querySelector(".vs-said").textContent = text);
const word = (name) => element.querySelector(".vs-box").dataset[name];
const part = (name) => element.querySelector(name);
let stream = null;

async function send(blob) {
  if (blob.size > Number(word("most"))) return say(word("large"));
  say(word("sending"));
  const answer = await fetch("picture", { method: "POST", body: blob }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (answer?.ok) trigger("taken", { picture: told.name });
  else say(told?.error ?? word("lost"));
}

function close() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  part(".vs-camera").hidden = true;
}

async function film() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    return say(word("blind"));
  }
  say("");
  part("video").srcObject = stream;
  part(".vs-camera").hidden = false;
  part(".vs-camera button").focus();
}

function snap() {
  const [video, canvas] = [part("video"), document.createElement("canvas")];
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  close();
  canvas.toBlob((blob) => (blob ? send(blob) : say(word("blind"))), "image/png");
}

async function paste() {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((one) => one.startsWith("image/"));
      if (type) return send(await item.getType(type));
    }
    say(word("nothing"));
  } catch {
    say(word("keys"));
  }
}

const acts = {
  file: () => part("input[type=file]").click(),
  paste,
  film,
  snap,
  close,
  remove: () => trigger("remove", {}),
  a: () => trigger("battle", { side: "a", token: window.vernissage?.token ?? "" }),
  b: () => trigger("battle", { side: "b", token: window.vernissage?.token ?? "" }),
};
element.addEventListener("click", (event) => acts[event.target.closest("[data-act]")?.dataset.act]?.());
element.addEventListener("change", (event) => {
  if (event.target.files?.length) send(event.target.files[0]);
  if (event.target.type === "file") event.target.value = "";
});
element.addEventListener("dragover", (event) => event.preventDefault());
element.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) send(event.dataTransfer.files[0]);
});
// Pictures of the last battle are offered once it has its vote.
const offer = () =>
  element.querySelectorAll("[data-act=a], [data-act=b]").forEach((one) => (one.hidden = !window.vernissage?.voted));
document.addEventListener("battle-changed", offer);
watch("value", () => {
  offer();
  document.dispatchEvent(new Event("studio-picture"));
});
offer();
// What is pasted goes to the box that has the focus, else to the first one in sight that is empty.
document.addEventListener("paste", (event) => {
  const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
  const boxes = [...document.querySelectorAll(".vs-box")].filter((box) => box.offsetParent);
  const chosen = boxes.find((box) => box.contains(document.activeElement)) ?? boxes.find((box) => !box.querySelector("img"));
  if (!file || !chosen || !element.contains(chosen)) return;
  event.preventDefault();
  send(file);
});
