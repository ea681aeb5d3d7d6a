// An address that names a tab, as ?tab=leaderboard, opens it.
(() => {
  const wanted = new URLSearchParams(location.search).get("tab");
  if (!wanted) return;
  const open = () => {
    const tab = document.querySelector(`button[role="tab"][data-tab-id="${CSS.escape(wanted)}"]`);
    tab?.click();
    return Boolean(tab);
  };
  const seen = new MutationObserver(() => open() && seen.disconnect());
  seen.observe(document.documentElement, { childList: true, subtree: true });
  addEventListener("load", () => setTimeout(() => seen.disconnect(), 20000)); // a name that no tab has
})();
