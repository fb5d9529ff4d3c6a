// Side by side: a leaf shows its other end and why it is what it is. Without this
// each leaf is a link to its other end, and the filter works by itself.
"use strict";
(() => {
  // What is too large is not sent: a server that refuses it may not be heard.
  const file = document.getElementById("file");
  if (file) {
    const large = document.getElementById("file-large"), text = document.getElementById("text");
    const judge = () => {
      const limit = Number(file.dataset.limit);
      const bytes = text.value.length * 3 > limit ? new Blob([text.value]).size : 0;
      large.hidden = bytes <= limit && !(file.files[0] && file.files[0].size > limit);
      return large.hidden;
    };
    file.addEventListener("change", judge);
    text.addEventListener("change", judge);
    file.form.addEventListener("submit", (event) => {
      if (judge()) return;
      event.preventDefault();
      large.scrollIntoView({ block: "center" });
    });
  }

  const both = document.getElementById("both");
  if (!both) return;
  const why = document.getElementById("why");
  const panes = [...both.querySelectorAll(".tr-pane")];
  for (const part of both.querySelectorAll(".tr-scripted")) part.hidden = false;

  // The parts of a long document are closed: groups of leaves, and where there are
  // many groups, tens of them. What is in a part is read when it is opened: to a
  // browser with scripts a noscript is one text. The text is the page's own, with
  // every value in it escaped.
  const tens = [...both.querySelectorAll(".ten")];
  let groups = [...both.querySelectorAll(".g")];
  const parts = [...both.querySelectorAll(".ten, .g")]; // at first; a ten brings its groups
  const kept = (part) => (part.classList.contains("lazy") ? part.lastElementChild.textContent : "");
  for (const part of parts) if (part.lastElementChild.tagName === "NOSCRIPT") part.classList.add("lazy");
  const tenOf = (node) => node.closest(".ten");
  function fill(part) {
    const text = kept(part);
    if (!text) return;
    part.classList.remove("lazy");
    const made = document.createElement("template");
    made.innerHTML = text;
    for (const link of made.content.querySelectorAll(".l a")) link.tabIndex = -1;
    part.lastElementChild.replaceWith(made.content);
    if (part.classList.contains("ten")) groups = [...both.querySelectorAll(".g")];
    for (const group of part.classList.contains("g") ? [part] : part.querySelectorAll(".g")) group.hidden = !siftLeaves(group);
  }
  function open(group) {
    const ten = tenOf(group);
    if (ten) ten.open = true;
    fill(group);
    group.open = true;
  }
  both.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.matches(".ten, .g")) {
      fill(event.target);
      settle();
    }
  }, true);
  // The rendering of a long document is made when it is opened, too.
  for (const later of document.querySelectorAll(".tr-later")) {
    later.addEventListener("toggle", () => {
      const made = document.createElement("template");
      made.innerHTML = later.lastElementChild.textContent;
      later.lastElementChild.replaceWith(made.content);
    }, { once: true });
  }
  // find is a leaf by its id, wherever it is kept.
  function find(id) {
    const node = place(id);
    return node && node.classList.contains("l") ? node : null;
  }
  // place is what has an id, made where it is kept in a part.
  function place(id) {
    const part = !document.getElementById(id) && /^[st]g?[0-9]+$/.test(id) && parts.find((p) => kept(p).includes(' id="' + id + '"'));
    if (part) fill(part);
    return document.getElementById(id);
  }

  const leafOf = (node) => node.closest && node.closest(".l");
  // shown reports whether a leaf is seen, without asking for a layout.
  let kind = "all";
  const shown = (leaf) => {
    const group = leaf.parentElement.parentElement, ten = tenOf(group);
    return (!ten || ten.open) && group.open && !group.hidden && !leaf.hidden && (kind === "all" || leaf.classList.contains(kind));
  };

  // endsOf lists the other ends of a leaf.
  function endsOf(leaf) {
    const ids = leaf.dataset.o ? leaf.dataset.o.split(" ") : [leaf.firstElementChild.hash.slice(1)];
    return ids.map(find).filter((other) => other);
  }

  let lit = [];
  function unlight() {
    for (const node of lit) node.classList.remove("near", "far");
    lit = [];
  }
  // light marks a leaf and its other ends. In a part that is closed the part is
  // marked. The other side moves, the own one does not.
  function light(leaf, unfold) {
    unlight();
    leaf.classList.add("near");
    lit.push(leaf);
    endsOf(leaf).forEach((other, i) => {
      const group = other.closest(".g"), ten = tenOf(other);
      if (unfold) open(group);
      const closed = ten && !ten.open ? ten : group.open ? null : group;
      const mark = closed ? closed.firstElementChild : other;
      mark.classList.add("far");
      lit.push(mark);
      if (i === 0) into(mark);
    });
  }
  // into scrolls a pane so far that a node in it is seen, and not the page.
  function into(node) {
    const pane = node.closest(".tr-pane");
    const box = pane.getBoundingClientRect(), at = node.getBoundingClientRect();
    if (at.top < box.top + 44 || at.bottom > box.bottom - 8) {
      pane.scrollTop += at.top - box.top - pane.clientHeight / 2;
    }
  }

  function make(name, parent, text) {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }
  function pathOf(leaf) {
    const group = leaf.parentElement.dataset.p, tail = leaf.querySelector("span").textContent;
    if (tail === group || tail.startsWith("[")) return tail === group ? tail : group + tail;
    return group + ("r" in leaf.dataset ? ".resource." : ".") + tail;
  }
  function end(list, leaf, word) {
    make("dt", list, word);
    const there = make("dd", list);
    make("code", there, pathOf(leaf));
    there.append(" ");
    make("q", there, leaf.querySelector("q").textContent);
  }
  // explain puts the entry of the ledger and both ends of a leaf into the panel.
  function explain(leaf) {
    const side = leaf.closest(".tr-side").querySelector("h3").firstChild.textContent.trim();
    const list = document.createElement("dl");
    list.className = "tr-ends";
    end(list, leaf, side);
    const others = endsOf(leaf);
    const word = leaf.id[0] === "s" ? why.dataset.becomes : why.dataset.comes;
    for (const other of others.slice(0, 6)) end(list, other, word);
    if (others.length > 6) make("dd", list, "+ " + (others.length - 6));
    if (others.length === 0) {
      make("dt", list, word);
      make("dd", list, why.dataset.nowhere);
    }
    const entry = document.getElementById("e" + leaf.dataset.e);
    const told = entry ? [...entry.closest(".e").querySelectorAll(".x")].map((part) => {
      const copy = part.cloneNode(true);
      copy.removeAttribute("id");
      return copy;
    }) : [];
    why.replaceChildren(list, ...told);
    why.scrollTop = 0;
    why.classList.add("on");
  }

  // One leaf of each side is reached by the tabulator; the arrows go on from it.
  let focused = null;
  function rove(leaf) {
    for (const link of leaf.closest(".tr-pane").querySelectorAll('.l a[tabindex="0"]')) link.tabIndex = -1;
    leaf.firstElementChild.tabIndex = 0;
  }
  for (const pane of panes) {
    const links = pane.querySelectorAll(".l a");
    links.forEach((link, i) => { link.tabIndex = i === 0 ? 0 : -1; });
  }

  both.addEventListener("mouseover", (event) => {
    const leaf = leafOf(event.target);
    if (leaf && !lit.includes(leaf)) {
      light(leaf, false);
      explain(leaf);
    }
  });
  both.addEventListener("focusin", (event) => {
    const leaf = leafOf(event.target);
    if (!leaf) return;
    if (focused && focused !== leaf) focused.firstElementChild.removeAttribute("aria-describedby");
    focused = leaf;
    rove(leaf);
    light(leaf, true);
    explain(leaf);
    leaf.firstElementChild.setAttribute("aria-describedby", "why");
  });
  // What is only pointed at gives way to what is in focus.
  both.addEventListener("mouseleave", () => {
    if (focused && focused.contains(document.activeElement)) {
      light(focused, true);
      explain(focused);
    } else unlight();
  });

  function go(leaf) {
    open(leaf.closest(".g"));
    leaf.firstElementChild.focus({ preventScroll: true });
    into(leaf);
  }
  both.addEventListener("click", (event) => {
    const leaf = leafOf(event.target);
    if (!leaf) return;
    event.preventDefault();
    if (event.detail > 0) leaf.firstElementChild.focus({ preventScroll: true });
    else follow(leaf); // by a key, or by who reads the page aloud
  });
  // follow goes to the other end of a leaf, or to what says why it has none.
  function follow(leaf) {
    const other = endsOf(leaf).find((o) => !o.hidden);
    if (other) go(other);
    else {
      const entry = document.getElementById("e" + leaf.dataset.e);
      entry.closest("details").open = true;
      entry.scrollIntoView({ block: "center" });
      entry.focus({ preventScroll: true });
    }
  }
  both.addEventListener("keydown", (event) => {
    const leaf = leafOf(event.target);
    if (!leaf || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      follow(leaf);
      return;
    }
    const pane = leaf.closest(".tr-pane");
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 }[event.key];
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const other = endsOf(leaf)[0];
      if (other && (event.key === "ArrowRight") === (leaf.id[0] === "s")) go(other);
      event.preventDefault();
      return;
    }
    if (!step) return;
    event.preventDefault();
    const all = [...pane.querySelectorAll(".l")].filter(shown);
    const at = Math.min(all.length - 1, Math.max(0, all.indexOf(leaf) + step));
    if (all[at]) go(all[at]);
  });

  // The text that is looked for, in the leaves and in the ledger. The filter by
  // fate is the style sheet's.
  const search = document.getElementById("leaf-search");
  let wanted = "";
  const says = (node) => node.textContent.toLowerCase().includes(wanted);
  const plain = new Map();
  function textOf(part) {
    if (!plain.has(part)) {
      const made = document.createElement("textarea"); // knows the escapes, and makes nothing of tags
      made.innerHTML = kept(part).replace(/<[^>]*>/g, " ");
      plain.set(part, made.value.toLowerCase());
    }
    return plain.get(part);
  }
  // siftLeaves hides the leaves of a group that do not say what is looked for, and
  // tells whether any is left.
  function siftLeaves(group) {
    const whole = !wanted || says(group.firstElementChild);
    let any = false;
    for (const leaf of group.querySelectorAll(".l")) {
      leaf.hidden = !(whole || says(leaf));
      any = any || !leaf.hidden && (kind === "all" || leaf.classList.contains(kind));
    }
    return any;
  }
  // siftPart hides a part of which none is left, and opens the first that have
  // something.
  let opened = 0;
  function siftPart(part) {
    const text = kept(part), ten = part.classList.contains("ten");
    const wide = wanted === "" && kind === "all" || opened >= 30;
    let any = text && (kind === "all" || text.includes(kind === "wait" ? ' wait"' : 'class="l ' + kind)) && (!wanted || !ten && says(part.firstElementChild) || textOf(part).includes(wanted));
    if (text && any && !wide) fill(part);
    if (!kept(part)) any = ten ? [...part.querySelectorAll(".g")].filter(siftPart).length > 0 : siftLeaves(part);
    part.hidden = !any;
    if (any && !wide && !part.open) {
      part.open = true;
      if (!ten) opened++;
    }
    return any;
  }
  function sift() {
    opened = 0;
    parts.forEach(siftPart);
    for (const entry of document.querySelectorAll(".e")) entry.hidden = wanted !== "" && !says(entry);
    settle();
  }
  // settle keeps one leaf of each side within reach of the tabulator.
  function settle() {
    for (const pane of panes) {
      const now = pane.querySelector('.l a[tabindex="0"]');
      if (now && shown(now.parentElement)) continue;
      const first = [...pane.querySelectorAll(".l")].find(shown);
      if (first) rove(first);
    }
  }
  let later;
  search.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(() => {
      wanted = search.value.trim().toLowerCase();
      sift();
    }, 120);
  });
  for (const pick of both.querySelectorAll('input[name="show"]')) {
    pick.addEventListener("change", () => {
      kind = pick.value;
      sift();
    });
  }
  document.getElementById("leaf-open").addEventListener("click", () => {
    const all = tens.concat(groups).some((part) => !part.open);
    if (all) tens.forEach(fill);
    for (const part of tens.concat(groups)) {
      if (all) fill(part);
      part.open = all;
    }
    settle();
  });

  // A link to a leaf from elsewhere on the page goes to it as the keyboard does.
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('a[href^="#s"], a[href^="#t"]');
    const leaf = link && !leafOf(link) && find(link.hash.slice(1));
    if (!leaf) return;
    event.preventDefault();
    document.getElementById("f-all").checked = true;
    kind = "all";
    search.value = wanted = "";
    sift();
    both.scrollIntoView({ block: "start" });
    go(leaf);
  });
  settle();

  // An address that ends in a leaf or a group goes to it, wherever it is kept.
  function arrive() {
    const id = location.hash.slice(1);
    const node = !document.getElementById(id) && place(id);
    if (!node) return;
    both.scrollIntoView({ block: "start" });
    if (leafOf(node)) return go(node);
    open(node);
    node.firstElementChild.focus({ preventScroll: true });
    into(node.firstElementChild);
  }
  addEventListener("hashchange", arrive);
  arrive();
})();
