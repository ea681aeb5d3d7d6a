// The board asks whether anything changed as long as it is looked at, and fetches the view that is shown when it did.
const root = element.querySelector(".vs-board");
const [said, nav, view, foot] = ["said", "views", "view", "foot"].map((name) => root.querySelector(`.vs-board-${name}`));
const asked = new URLSearchParams(location.search);
const report = asked.get("report") ?? "";
let [key, mark, number, seen] = [asked.get("view") ?? "overall", "", "", false];
let waiting = null; // what aborts the question that is open
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const weights = () => Object.fromEntries([...view.querySelectorAll(".vs-weights input")].map((box) => [box.name, box.value]));

function address(path, more = {}) {
  const query = new URLSearchParams({ ...(report && { report }), ...more });
  return `board/${path}${query.size ? `?${query}` : ""}`;
}

function link(search) {
  const url = new URL(location.href);
  url.search = new URLSearchParams({ tab: "leaderboard", view: key, ...search });
  return url.href;
}

async function show(more = weights()) {
  const wanted = key;
  const answer = await fetch(address(`view/${encodeURIComponent(key)}`, key === "overall" ? more : {}));
  const text = answer.ok ? await answer.text() : "";
  if (wanted !== key) return; // another view was chosen meanwhile
  if (!answer.ok) {
    view.textContent = (await answer.json()).error;
    return;
  }
  const [box, open] = [document.activeElement?.closest?.(".vs-weights input")?.name, [...view.querySelectorAll("details")].map((one) => one.open)];
  view.innerHTML = text; // the server's own, which escapes every name in it
  view.querySelectorAll("details").forEach((one, place) => (one.open = open[place] ?? false));
  if (box) view.querySelector(`input[name="${box}"]`)?.focus();
  for (const file of view.querySelectorAll("a.vs-file")) {
    file.href = address(file.getAttribute("href").replace("board/", ""), key === "overall" ? weights() : {});
  }
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

nav.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-view]");
  if (!button) return;
  key = button.dataset.view;
  for (const one of nav.children) one.toggleAttribute("aria-current", one === button);
  button.setAttribute("aria-current", "true");
  show({});
});

let typed;
view.addEventListener("input", (event) => {
  if (!event.target.closest(".vs-weights")) return;
  clearTimeout(typed);
  typed = setTimeout(show, 300);
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
    href: link({ report: told.report, ...(key === "overall" ? weights() : {}) }),
    textContent: root.dataset.link,
  });
  place.replaceChildren(made);
  made.focus();
});
if (report) {
  const back = Object.assign(document.createElement("a"), { href: link({}), textContent: root.dataset.live });
  foot.replaceChildren(back);
}
