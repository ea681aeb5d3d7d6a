// The gallery: filters ask for a list, a card opens its battle in a dialog, where keys go from one to the next.
const root = element.querySelector(".vs-gallery");
const form = root.querySelector(".vs-gallery-filters");
const said = root.querySelector(".vs-gallery-said");
const list = root.querySelector(".vs-gallery-list");
const dialog = root.querySelector(".vs-gallery-dialog");
const body = dialog.querySelector(".vs-gallery-battle");
const act = (name) => root.querySelector(`[data-act=${name}]`);
const linked = new URLSearchParams(location.search);
const looking = window.vernissageTools.look("#gallery-pair", "[data-cell]", Number(act("zoom").max), (view) => {
  act("zoom").value = view.zoom;
});
const SIDES = ["entry", "against"]; // the filters whose options come with the list
let [more, shown, asked, filled] = ["", "", 0, false];

async function read(path) {
  let answer;
  try {
    answer = await fetch(`gallery/${path}`);
  } catch {
    throw new Error(root.dataset.lost);
  }
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer;
}

const search = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value));

function fillEntries(entries) {
  for (const name of SIDES) {
    const select = form.elements[name];
    const wanted = filled ? select.value : (linked.get(name) ?? "");
    const options = entries.map(([value, title]) => new Option(title, value));
    select.replaceChildren(select.options[0], ...options);
    select.value = entries.some(([value]) => value === wanted) ? wanted : "";
  }
  markResults();
}

// "it won" means something only where one generator is looked for
function markResults() {
  const result = form.elements.result;
  for (const option of result.options) {
    if (["won", "lost"].includes(option.value)) option.disabled = !form.elements.entry.value;
  }
  if (result.selectedOptions[0]?.disabled) result.value = "";
}

async function load(after = "") {
  const number = ++asked;
  const query = search();
  for (const name of filled || linked.get("tab") !== "gallery" ? [] : SIDES) {
    if (linked.get(name)) query.set(name, linked.get(name));
  }
  if (after) query.set("after", after);
  try {
    const told = await (await read(`list?${query}`)).json();
    if (number !== asked) return; // something else is looked for by now
    fillEntries(told.entries);
    filled = true;
    said.textContent = told.said;
    if (after) list.insertAdjacentHTML("beforeend", told.html); // the server's own, which escapes every text in it
    else list.innerHTML = told.html;
    more = told.more;
  } catch (error) {
    if (number !== asked) return;
    said.textContent = error.message;
    if (!after) list.replaceChildren();
    more = "";
  }
  act("more").hidden = !more;
}

let typed;
function look() {
  clearTimeout(typed);
  typed = setTimeout(() => {
    const query = new URLSearchParams({ tab: "gallery", ...Object.fromEntries(search()) });
    history.replaceState(history.state, "", `?${query}`);
    load();
  }, 250);
}
form.addEventListener("input", () => {
  markResults();
  look();
});
form.addEventListener("submit", (event) => event.preventDefault());
act("more").addEventListener("click", async () => {
  const next = list.childElementCount;
  await load(more);
  list.children[next]?.focus();
});

async function open(id) {
  shown = id;
  looking.whole();
  try {
    const html = await (await read(`battle/${encodeURIComponent(id)}`)).text();
    if (shown !== id) return;
    body.innerHTML = html;
  } catch (error) {
    body.textContent = error.message;
  }
  if (!dialog.open) dialog.showModal();
  (body.querySelector("#gallery-title") ?? body).focus(); // keys are heard where the focus is, and a button may go
  const card = find(id);
  act("before").disabled = !card?.previousElementSibling;
  act("after").disabled = !card || (!card.nextElementSibling && !more);
}

const find = (id) => list.querySelector(`[data-battle="${CSS.escape(id)}"]`);
async function step(forward) {
  const card = find(shown);
  if (!card) return;
  if (forward && !card.nextElementSibling && more) await load(more);
  const next = forward ? card.nextElementSibling : card.previousElementSibling;
  if (next) await open(next.dataset.battle);
}

list.addEventListener("click", (event) => {
  const card = event.target.closest("[data-battle]");
  if (card) open(card.dataset.battle);
});
dialog.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  const arrow = { ArrowLeft: false, ArrowRight: true }[event.key];
  if (!looking.step(event.key)) {
    if (arrow === undefined) return;
    step(arrow);
  }
  event.preventDefault();
});
dialog.addEventListener("close", () => find(shown)?.focus());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close(); // beside it
});
act("before").addEventListener("click", () => step(false));
act("after").addEventListener("click", () => step(true));
act("zoom").addEventListener("input", () => looking.zoom(Number(act("zoom").value)));
body.addEventListener("click", (event) => {
  const name = event.target.closest("[data-act]")?.dataset.act;
  if (name === "replay") trigger("replay", { battle: shown });
  if (name !== "slide") return;
  const [over, under] = body.querySelectorAll("[data-cell] img");
  window.vernissageTools.slide(root.querySelector(".vs-over"), over, under);
});
root.addEventListener("error", (event) => {
  if (!event.target.matches("img") || !event.target.closest(".vs-frame")) return;
  event.target.replaceWith(Object.assign(document.createElement("span"), { className: "vs-gone", textContent: root.dataset.gone }));
}, true);

// What a replay found comes to a component of its own, and is shown where the battle is.
new MutationObserver(() => {
  const place = body.querySelector(".vs-gallery-replayed");
  const found = document.querySelector("#gallery-replayed [data-battle]");
  if (!place || found?.dataset.battle !== shown || place.innerHTML === found.innerHTML) return;
  place.replaceChildren(...found.cloneNode(true).childNodes);
}).observe(document.body, { childList: true, subtree: true, characterData: true });

function begin() {
  if (linked.get("tab") === "gallery") {
    for (const name of ["prompt", "question", "result"]) form.elements[name].value = linked.get(name) ?? "";
    form.elements.disputed.checked = linked.get("disputed") === "1";
  }
  const battle = linked.get("tab") === "gallery" && linked.get("battle");
  load().then(() => battle && open(battle));
}
let begun = false;
new IntersectionObserver((entries) => {
  if (!entries.at(-1).isIntersecting) return;
  if (!begun) begin();
  else if (!dialog.open && !more && list.childElementCount <= 24) load(); // what came meanwhile
  begun = true;
}).observe(root);
