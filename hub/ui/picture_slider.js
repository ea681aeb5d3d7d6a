// One picture over another: the slider says how much of the upper one is seen; whoever drags on the pictures moves it.
(() => {
  const show = (range) => range.closest(".vs-over")?.style.setProperty("--share", `${range.value}%`);
  document.addEventListener("input", (event) => event.target.matches?.(".vs-share") && show(event.target));

  let frame = null;
  const move = (event) => {
    const range = frame?.closest(".vs-over").querySelector(".vs-share");
    if (!range) return;
    const { left, width } = frame.getBoundingClientRect();
    const columns = Number(getComputedStyle(frame).getPropertyValue("--columns")) || 1;
    const across = Math.min(Math.max((event.clientX - left) / width, 0), 0.9999) * columns;
    range.value = Math.round(100 * (across % 1));
    range.dispatchEvent(new Event("input", { bubbles: true }));
  };
  document.addEventListener("pointerdown", (event) => {
    frame = event.target.closest?.(".vs-over-frame");
    move(event);
  });
  document.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => (frame = null));
  document.addEventListener("dragstart", (event) => event.target.closest?.(".vs-over-frame") && event.preventDefault());
})();
