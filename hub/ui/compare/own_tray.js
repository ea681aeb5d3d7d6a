// A visitor's own pictures go to the arena in one ZIP, packed here where none was given: the lists and texts, and as many
// pictures as fit, the first of each folder before the second of any. By the event "taken" this page makes them its own.
const part = (name) => element.querySelector(name);
const word = (name) => part(".vs-given").dataset[name];
const say = (text) => (part(".vs-said").textContent = text);
const OTHERS = 40; // files of other kinds that are named, and letters of a name
let busy = false;

const ending = (path) => path.slice(path.lastIndexOf(".")).toLowerCase();
const isPicture = (path) => word("kinds").split(" ").includes(ending(path));
const isList = (path) => /(^|\/)(manifest\.jsonl|metadata\.(csv|jsonl|parquet))$/.test(path);

function choose(files) {
  const stem = (path) => path.replace(/\.[^./]*$/, "");
  const byName = [...files].sort((one, other) => (one.path < other.path ? -1 : 1));
  const chosen = byName.filter((one) => isList(one.path));
  const texts = new Map(byName.filter((one) => ending(one.path) === ".txt").map((one) => [stem(one.path), one]));
  const pictures = byName.filter((one) => isPicture(one.path));
  const before = {};
  for (const one of pictures) {
    const folder = one.path.slice(0, one.path.lastIndexOf("/") + 1);
    one.rank = before[folder] = (before[folder] ?? -1) + 1;
  }
  let room = Number(word("most")) - chosen.reduce((sum, one) => sum + one.file.size + 1024, 0);
  let unsent = 0;
  for (const one of pictures.sort((a, b) => a.rank - b.rank)) {
    const those = [one, texts.get(stem(one.path))].filter(Boolean);
    const size = those.reduce((sum, each) => sum + each.file.size + 1024, 0);
    if (size > room || chosen.length + those.length > Number(word("entries"))) unsent += 1;
    else {
      room -= size;
      chosen.push(...those);
    }
  }
  const others = byName.filter((one) => !isList(one.path) && !isPicture(one.path) && ending(one.path) !== ".txt");
  const told = others.map((one) => one.path).filter((path) => !/(^|\/)\./.test(path));
  return { chosen, pictures: pictures.length, unsent, others: told };
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});
function check(bytes) { // CRC-32, as a ZIP has it
  let sum = 0xffffffff;
  for (const byte of bytes) sum = table[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
function fields(...pairs) { // whole numbers of 2 or 4 bytes, the low byte first
  const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of pairs) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return view.buffer;
}
async function pack(files) { // stored, not made smaller: pictures are so already
  const [parts, entries] = [[], []];
  let at = 0;
  for (const { path, file } of files) {
    const [name, bytes] = [new TextEncoder().encode(path), new Uint8Array(await file.arrayBuffer())];
    const told = [[2, 20], [2, 0x800], [2, 0], [4, 0x210000], [4, check(bytes)], [4, bytes.length], [4, bytes.length]];
    const head = fields([4, 0x04034b50], ...told, [2, name.length], [2, 0]);
    parts.push(head, name, bytes);
    entries.push(fields([4, 0x02014b50], [2, 20], ...told, [2, name.length], [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, at]), name);
    at += head.byteLength + name.length + bytes.length;
  }
  const size = entries.reduce((sum, one) => sum + one.byteLength, 0);
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, at], [2, 0]);
  return new Blob([...parts, ...entries, end]);
}

function post(body) { // the request once it is answered, null where it was not; how much is sent is told meanwhile
  const STEP = 5; // per cent, as each is spoken
  const request = new XMLHttpRequest();
  request.open("POST", "pictures");
  request.responseType = "json";
  say(word("sending").replace("{percent}", 0));
  request.upload.onprogress = ({ loaded, total }) => {
    if (total) say(word("sending").replace("{percent}", STEP * Math.floor((100 * loaded) / total / STEP)));
  };
  request.upload.onload = () => say(word("reading"));
  return new Promise((done) => {
    request.onload = () => done(request);
    request.onerror = () => done(null);
    request.send(body);
  });
}

async function send(files) { // of { path, file }
  if (busy || !files.length) return;
  busy = true;
  try {
    let [body, unsent, others] = [files[0].file, 0, []];
    if (files.length > 1 || ending(files[0].path) !== ".zip") {
      const found = choose(files);
      if (!found.pictures) return say(word("none"));
      if (found.unsent === found.pictures) return say(word("large"));
      say(word("packing"));
      [body, unsent, others] = [await pack(found.chosen), found.unsent, found.others];
    }
    if (body.size > Number(word("most"))) return say(word("large"));
    const answer = await post(body);
    const told = answer?.response;
    const named = others.slice(0, OTHERS).map((path) => path.slice(-OTHERS));
    if (answer?.status === 200) trigger("taken", { pictures: told.name, unsent, others: named, more: others.length - named.length });
    else say(told?.error ?? word("lost"));
  } catch { // a file that is gone, or may not be read
    say(word("lost"));
  } finally {
    busy = false;
  }
}

async function walk(entry, found) { // what was dropped, folders and all
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    found.push({ path: entry.fullPath.replace(/^\//, ""), file });
  } else {
    const reader = entry.createReader();
    const read = () => new Promise((done, failed) => reader.readEntries(done, failed));
    for (let some = await read(); some.length; some = await read()) for (const one of some) await walk(one, found);
  }
  return found;
}

const acts = {
  file: () => part("input[type=file]:not([webkitdirectory])").click(),
  folder: () => part("input[webkitdirectory]").click(),
  use: () => trigger("use", {}),
  remove: () => trigger("remove", {}),
};
element.addEventListener("click", (event) => acts[event.target.closest("[data-act]")?.dataset.act]?.());
element.addEventListener("change", (event) => {
  if (event.target.type !== "file") return;
  send([...event.target.files].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
  event.target.value = "";
});
element.addEventListener("dragover", (event) => {
  event.preventDefault();
  part(".vs-given").classList.add("vs-over-it");
});
element.addEventListener("dragleave", () => part(".vs-given").classList.remove("vs-over-it"));
element.addEventListener("drop", async (event) => {
  event.preventDefault();
  part(".vs-given").classList.remove("vs-over-it");
  const files = [...event.dataTransfer.files].map((file) => ({ path: file.name, file }));
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  try {
    for (const entry of entries) await walk(entry, found);
  } catch {
    return say(word("lost"));
  }
  send(found.length ? found : files);
});
