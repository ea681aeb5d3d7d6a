// Pictures that are looked at together: all of a sheet are enlarged and moved by the same variables of it, so that they
// stay together, by mouse, touch and keys; and one picture slides over another in a dialog.
window.vernissageTools = {
  // `sheet` and `cell` are selectors; `changed` hears of every new view. Returns the view, and what works on it.
  look(sheet, cell, most, changed = () => {}) {
    const view = { zoom: 1, x: 0, y: 0 };
    const fingers = new Map(); // pointers that are down, and where
    let [from, dragged] = [null, false];
    const within = (event) => event.target.closest?.(`${sheet} ${cell}`);
    function show() {
      const edge = (view.zoom - 1) / (2 * view.zoom); // so far that no edge comes into the frame
      for (const axis of ["x", "y"]) view[axis] = Math.min(edge, Math.max(-edge, view[axis]));
      for (const name of Object.keys(view)) document.querySelector(sheet)?.style.setProperty(`--${name}`, view[name]);
      document.querySelector(sheet)?.classList.toggle("vs-closer", view.zoom > 1);
      changed(view);
    }
    function zoom(times) {
      view.zoom = Math.min(most, Math.max(1, times));
      show();
    }
    const spread = () => {
      const [one, other] = [...fingers.values()];
      return Math.hypot(one.x - other.x, one.y - other.y) || 1;
    };
    function begin(event, held) {
      const pinch = fingers.size === 2 && spread();
      from = { x: event.clientX, y: event.clientY, at: { ...view }, side: held.clientWidth, pinch };
    }
    document.addEventListener("pointerdown", (event) => {
      const held = within(event);
      if (event.isPrimary) dragged = false;
      if (!held) return;
      if (event.isPrimary) fingers.clear();
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      begin(event, held);
    });
    document.addEventListener("pointermove", (event) => {
      if (!from || !fingers.has(event.pointerId)) return;
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (from.pinch && fingers.size === 2) {
        dragged = true;
        return zoom((from.at.zoom * spread()) / from.pinch);
      }
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      if (view.zoom === 1) return;
      if (Math.hypot(dx, dy) > 4) dragged = true;
      if (!dragged) return;
      view.x = from.at.x + dx / (from.side * view.zoom);
      view.y = from.at.y + dy / (from.side * view.zoom);
      show();
    });
    for (const name of ["pointerup", "pointercancel"]) {
      document.addEventListener(name, (event) => { fingers.delete(event.pointerId); from = null; });
    }
    document.addEventListener("wheel", (event) => {
      if (!event.ctrlKey || !within(event)) return; // as a pinch of a touch pad comes, too
      event.preventDefault();
      zoom(view.zoom * Math.exp(-event.deltaY / 200));
    }, { passive: false });
    function step(key) {
      const steps = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
      if (!steps || view.zoom === 1) return false;
      view.x += steps[0] / (8 * view.zoom);
      view.y += steps[1] / (8 * view.zoom);
      show();
      return true;
    }
    const whole = () => { Object.assign(view, { zoom: 1, x: 0, y: 0 }); show(); };
    return { view, show, zoom, whole, step, within, wasDragged: () => dragged };
  },
  // Shows `over` and `under`, two images, in a dialog with a slider (picture_slider.js) between them.
  slide(dialog, over, under, names = [over.alt, under.alt]) {
    for (const [at, name] of ["over", "under"].entries()) {
      const copy = dialog.querySelector(`[data-picture=${name}]`);
      const image = [over, under][at];
      copy.src = image.src;
      copy.alt = image.alt;
      dialog.querySelector(`[data-name=${name}]`).textContent = names[at];
    }
    dialog.showModal();
    dialog.querySelector(".vs-share").focus();
  },
};
