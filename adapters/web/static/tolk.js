// What every page has besides htmx. Without it, and without htmx, every page works.
"use strict";

// A fault that the server tells of is shown where the answer would stand.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// Escape empties a search, "/" goes to it.
document.addEventListener("keydown", (event) => {
  const search = document.querySelector("[data-search]");
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (search && event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});
