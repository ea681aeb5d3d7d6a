// The board asks whether anything changed as long as it is looked at, and fetches the view that is shown when it did.
const root = element.querySelector(".vs-board");
const [said, nav, view, foot] = ["said", "views", "view", "foot"].map((name) => root.querySelector(`.vs-board-${name}`));
const asked = new URLSearchParams(location.search);
const report = asked.get("report") ?? "";
let [key, mark, number, seen] = [asked.get("view") ?? "overall", "", "", false];
const EXAMPLES = 6; // battles beside a comparison of two
const tables = makeTables(root, view);
let waiting = null; // what aborts the question that is open
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const FIELDS = { overall: ["quality", "alignment", "variety"], pair: ["one", "other"] }; // that a view asks for

// What the view's form says, or before it is there the address of the page.
function answers() {
  const names = FIELDS[key] ?? [];
  const boxes = [...view.querySelectorAll(".vs-asked [name]")].filter((box) => names.includes(box.name));
  const told = boxes.length ? boxes.map((box) => [box.name, box.value]) : names.map((name) => [name, asked.get(name)]);
  return Object.fromEntries(told.filter(([, value]) => value !== null));
}

function address(path, more = {}) {
  const query = new URLSearchParams({ ...(report && { report }), ...more });
  return `board/${path}${query.size ? `?${query}` : ""}`;
}

function link(search) {
  const url = new URL(location.href);
  url.search = new URLSearchParams({ tab: "leaderboard", view: key, ...search, ...answers() });
  return url.href;
}

async function show() {
  const wanted = key;
  const answer = await fetch(address(`view/${encodeURIComponent(key)}`, answers()));
  const text = answer.ok ? await answer.text() : "";
  if (wanted !== key) return; // another view was chosen meanwhile
  if (!answer.ok) {
    view.textContent = (await answer.json()).error;
    return;
  }
  const [box, open] = [document.activeElement?.closest?.(".vs-asked [name]")?.name, [...view.querySelectorAll("details")].map((one) => one.open)];
  view.innerHTML = text; // the server's own, which escapes every name in it
  view.querySelectorAll("details").forEach((one, place) => (one.open = open[place] ?? false));
  if (box) view.querySelector(`.vs-asked [name="${box}"]`)?.focus();
  for (const file of view.querySelectorAll("a.vs-file")) {
    file.href = address(file.getAttribute("href").replace("board/", ""), answers());
  }
  tables.prepare(key);
  showExamples();
}

function choose(views) {
  if (!views.some(([name]) => name === key)) key = views[0]?.[0] ?? key;
  nav.replaceChildren(
    ...views.map(([name, title]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: title });
      button.dataset.view = name;
      if (name === key) button.setAttribute("aria-current", "true");
      return button;
    }),
  );
}

// The address of the page is that of what is shown, so that it can be shared.
function remember() {
  if (root.offsetParent) history.replaceState(history.state, "", link(report ? { report } : {}));
}

async function showExamples() {
  const part = view.querySelector("[data-examples]");
  if (!part || report) return;
  const answer = await fetch(`gallery/list?${part.dataset.examples}`);
  if (!answer.ok) return;
  const list = part.querySelector(".vs-gallery-list");
  list.innerHTML = (await answer.json()).html; // the server's own, which escapes every text in it
  for (const card of [...list.children].slice(EXAMPLES)) card.remove();
  part.hidden = !list.childElementCount;
}
view.addEventListener("click", (event) => {
  const battle = event.target.closest("[data-battle]")?.dataset.battle;
  if (battle) location.search = new URLSearchParams({ tab: "gallery", battle });
});

function cite(text, url) {
  const shown = foot.querySelector(".vs-cite") ?? document.createElement("details");
  shown.className = "vs-cite";
  const [summary, pre, copy] = ["summary", "pre", "button"].map((name) => document.createElement(name));
  summary.textContent = root.dataset.cite;
  pre.textContent = text.replace(root.dataset.url, url);
  pre.tabIndex = 0;
  Object.assign(copy, { type: "button", className: "vs-small", textContent: root.dataset.copy });
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(pre.textContent);
    copy.textContent = root.dataset.copied;
  });
  shown.replaceChildren(summary, pre, copy);
  foot.append(shown);
}

async function ask() {
  waiting = new AbortController();
  const answer = await fetch(address("state", { after: mark }), { signal: waiting.signal });
  const told = await answer.json();
  if (!answer.ok) {
    said.textContent = told.error;
    return report ? Infinity : 5000;
  }
  said.textContent = told.said;
  if (told.number !== number && told.views.length) {
    if (nav.textContent !== told.views.map(([, title]) => title).join("")) choose(told.views);
    await show();
    number = told.number;
    foot.hidden = false;
    if (report && told.citation) cite(told.citation, link({ report }));
  }
  mark = told.mark;
  return report ? Infinity : 250; // a busy board changes at most so often
}

let running = false;
async function watchBoard() {
  if (running) return;
  running = true;
  while (seen && !document.hidden) {
    let rest = 5000;
    try {
      rest = await ask();
    } catch (error) {
      if (error.name === "AbortError") break;
      said.textContent = root.dataset.lost;
    }
    if (rest === Infinity) break;
    await pause(rest);
  }
  running = false;
  if (seen && !document.hidden && !report) setTimeout(watchBoard, 250); // it was looked at again meanwhile
}

function look() {
  if (seen && !document.hidden) watchBoard();
  else waiting?.abort(); // a question that nobody waits for would keep one of the browser's few connections
}

new IntersectionObserver((entries) => {
  seen = entries.at(-1).isIntersecting;
  look();
}).observe(root);
document.addEventListener("visibilitychange", look);

nav.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-view]");
  if (!button) return;
  key = button.dataset.view;
  for (const one of nav.children) one.toggleAttribute("aria-current", one === button);
  button.setAttribute("aria-current", "true");
  await show();
  remember();
});

let typed;
view.addEventListener("input", (event) => {
  if (!event.target.closest(".vs-asked")) return;
  clearTimeout(typed);
  typed = setTimeout(() => show().then(remember), 300);
});
view.addEventListener("submit", (event) => event.preventDefault());

foot.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-act=freeze]")) return;
  const answer = await fetch(address("freeze"), { method: "POST" });
  const told = await answer.json();
  const place = foot.querySelector("span");
  if (!answer.ok) {
    place.textContent = told.error;
    return;
  }
  const made = Object.assign(document.createElement("a"), {
    href: link({ report: told.report }),
    textContent: root.dataset.link,
  });
  place.replaceChildren(made);
  const frozen = await fetch(`board/state?report=${told.report}`);
  if (frozen.ok) cite((await frozen.json()).citation, made.href);
  made.focus();
});
if (report) {
  const back = Object.assign(document.createElement("a"), { href: link({}), textContent: root.dataset.live });
  foot.replaceChildren(back);
}
