// What the weights of the terms sum to, kept up while they are typed; terms that say nothing do not count.
const fields = () =>
  [...document.querySelectorAll("#arithmetic .vs-term")].map((term) => ({
    weight: term.querySelector("input[type=number]"),
    says: Boolean(term.querySelector("textarea, input[type=text]")?.value.trim() || term.querySelector(".vs-box img")),
  }));
const used = () => fields().filter((one) => one.says && one.weight.value !== "");
const tidy = (number) => Number(number.toFixed(6));
const sum = () => tidy(used().reduce((so, one) => so + Number(one.weight.value), 0));

function show() {
  const box = element.querySelector(".vs-sum");
  if (!box) return;
  const kind = used().length === 0 ? "none" : sum() === 1 ? "one" : "other";
  const text = box.dataset[kind].replace("{sum}", sum());
  if (box.querySelector(".vs-said").textContent !== text) box.querySelector(".vs-said").textContent = text;
  box.querySelector("button").hidden = kind !== "other";
}

// Each weight over their sum, the last one what is left to 1; where the sum is not above 0, the first one makes up for it.
function makeOne() {
  const [total, terms] = [sum(), used()];
  terms.forEach((one, number) => {
    if (total <= 0 && number > 0) return;
    const own = Number(one.weight.value);
    const shared = number + 1 < terms.length ? own / total : own + 1 - sum();
    one.weight.value = tidy(total > 0 ? shared : own + 1 - total);
    one.weight.dispatchEvent(new Event("input", { bubbles: true }));
    one.weight.dispatchEvent(new Event("change", { bubbles: true }));
  });
  show();
}

element.addEventListener("click", (event) => event.target.closest("[data-act=one]") && makeOne());
document.addEventListener("input", show);
document.addEventListener("studio-picture", show);
show();
