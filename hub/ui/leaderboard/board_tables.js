// The board's tables: a click on a head sorts by its column, a word in the box leaves the generators that have it.
function makeTables(root, view) {
  const sorted = new Map(); // what each table was sorted by, as a view is fetched anew when somebody votes
  const box = root.querySelector(".vs-board-find");
  const LEAST = 3; // rows of a table that can be sorted
  const figure = (text) => {
    const found = text.replace(/,/g, "").match(/[-\u2212]?\d+(\.\d+)?(e[-+]?\d+)?/i);
    return found ? Number(found[0].replace("\u2212", "-")) : null;
  };

  function sort(table, place, down) {
    const body = table.tBodies[0];
    const keyed = [...body.rows].map((row) => {
      const text = row.cells[place].textContent.trim();
      return { row, text, value: table.tHead.rows[0].cells[place].classList.contains("n") ? figure(text) : null };
    });
    keyed.sort((one, other) => {
      const empty = (one.text === "-") - (other.text === "-"); // what has no figure is last either way
      if (empty) return empty;
      const order = one.value === null || other.value === null ? one.text.localeCompare(other.text) : one.value - other.value;
      return down ? -order : order;
    });
    body.append(...keyed.map(({ row }) => row));
    for (const [number, head] of [...table.tHead.rows[0].cells].entries()) {
      if (head.querySelector(".vs-sort")) head.setAttribute("aria-sort", number === place ? (down ? "descending" : "ascending") : "none");
    }
  }

  function prepareSorting(table, name) {
    if (table.tBodies[0].rows.length < LEAST) return;
    for (const [place, head] of [...table.tHead.rows[0].cells].entries()) {
      if (head.classList.contains("drawn") || !head.textContent) continue;
      const button = Object.assign(document.createElement("button"), { type: "button", className: "vs-sort", textContent: head.textContent });
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const first = head.classList.contains("n") && !/^(rank|\u9806\u4f4d)$/i.test(head.textContent);
        const down = now === "none" || !now ? first : now === "ascending";
        sorted.set(name, [place, down]);
        sort(table, place, down);
      });
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
    }
    if (sorted.has(name)) sort(table, ...sorted.get(name));
  }

  // Which column names the generators: the one whose head is the word for them, or a win matrix's first.
  const column = (table) => {
    if (table.classList.contains("pairs")) return 0;
    return [...table.tHead.rows[0].cells].findIndex((head) => head.textContent === root.dataset.generator);
  };

  function filter() {
    const wanted = box.value.trim().toLocaleLowerCase();
    let found = false;
    for (const table of view.querySelectorAll("table.figures, table.pairs")) {
      const place = column(table);
      if (place < 0) continue;
      found = true;
      for (const row of table.tBodies[0].rows) row.hidden = !row.cells[place].textContent.toLocaleLowerCase().includes(wanted);
    }
    box.closest("label").hidden = !found;
  }
  box.addEventListener("input", filter);

  return {
    prepare(key) {
      for (const table of view.querySelectorAll("table.figures:not(.fixed)")) {
        prepareSorting(table, `${key} ${table.parentElement.getAttribute("aria-label")}`);
      }
      filter();
    },
  };
}
