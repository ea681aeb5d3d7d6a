// "Start anyway" asks for what was warned of, whatever stands in the boxes by then.
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=anyway]")) trigger("anyway", props.value.asked);
});
