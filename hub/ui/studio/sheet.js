// The buttons of a result become events: "send" puts what was drawn into a battle.
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=send]")) trigger("send", {});
});
