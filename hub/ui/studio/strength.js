// The slider of the guide's strength: what it stands at is said in words, and goes with the next drawing.
const range = () => element.querySelector("input[type=range]");
element.addEventListener("input", () => {
  const step = Number(range().value);
  const name = JSON.parse(range().dataset.names)[step];
  range().setAttribute("aria-valuetext", name);
  element.querySelector("output").textContent = name;
  props.value = { ...props.value, step };
});
