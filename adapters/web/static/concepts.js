// Trees that open and close as a whole. Without it, each branch opens by itself.
"use strict";

const unfoldable = () => document.querySelectorAll("[data-unfold]").forEach((e) => { e.hidden = false; });
unfoldable();
document.addEventListener("htmx:afterSwap", unfoldable);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-open]");
  if (!button) return;
  const tree = button.closest(".tree");
  tree.querySelectorAll("details:not(.gone)").forEach((d) => { d.open = button.dataset.open === "true"; });
});
