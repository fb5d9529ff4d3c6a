package web

import "strings"

// accessible fails the test for what a page owes everybody: one h1 and no heading
// left out, a language, landmarks, a skip link, a name for everything that can be
// used and a label for every input, unique ids, and targets that a finger hits
// (WCAG 2.2, 2.5.8).
func (b *tab) accessible() {
	b.Helper()
	if got := b.script(accessibleScript); got != "" {
		for _, fault := range strings.Split(got, "\n") {
			b.Errorf("%s: %s", b.script("location.pathname"), fault)
		}
	}
}

const accessibleScript = `(() => {
  const faults = [];
  const all = (s) => [...document.querySelectorAll(s)];
  const shown = (e) => e.checkVisibility({visibilityProperty: true});
  const say = (what, e) => faults.push(what + ": " + e.outerHTML.slice(0, 120));
  if (!/^(da|en)$/.test(document.documentElement.lang)) faults.push("no lang");
  if (!document.title.trim() || document.title.startsWith(" ")) faults.push("no title: " + document.title);
  for (const s of ["header", "nav", "main", "footer", "a.skip[href='#main']"]) if (!document.querySelector(s)) faults.push("no " + s);
  if (all("main").length != 1) faults.push("more than one main");
  const named = {};
  for (const n of all("nav")) { const l = n.ariaLabel || n.getAttribute("aria-labelledby"); if (!l || named[l]) say("a nav without a name of its own", n); named[l] = true; }
  let level = 0;
  if (all("h1").length != 1) faults.push(all("h1").length + " h1");
  for (const h of all("h1,h2,h3,h4,h5,h6")) {
    const l = +h.tagName[1];
    if (l > level + 1) say("a heading left out before", h);
    if (!h.innerText.trim() && !h.textContent.trim()) say("an empty heading", h);
    level = l;
  }
  const ids = {};
  for (const e of all("[id]")) { if (ids[e.id]) say("an id twice", e); ids[e.id] = true; }
  for (const a of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) for (const e of all("[" + a + "]"))
    for (const id of e.getAttribute(a).split(/\s+/)) if (id && !ids[id]) say(a + " names nothing", e);
  for (const e of all("input:not([type=hidden]),select,textarea")) if (!e.labels.length && !e.ariaLabel && !e.getAttribute("aria-labelledby")) say("no label", e);
  const name = (e) => (e.ariaLabel || e.textContent || e.title || e.querySelector("title")?.textContent || "").trim();
  for (const e of all("a[href],button,summary")) if (!name(e)) say("no name", e);
  for (const e of all("img:not([alt])")) say("no alt", e);
  for (const e of all("svg")) if (e.getAttribute("aria-hidden") != "true" && e.getAttribute("role") != "img") say("an svg that is neither hidden nor an image", e);
  for (const e of all("svg[role=img]")) if (!e.ariaLabel && !e.getAttribute("aria-labelledby")) say("an image without a name", e);
  for (const e of all("table")) if (!e.querySelector("th")) say("a table without th", e);
  for (const e of all("[style],[onclick]")) say("inline style or script", e);
  for (const e of all("[tabindex]")) if (e.tabIndex > 0) say("an order of its own", e);
  for (const e of all("a[href],button,summary,input:not([type=hidden]),select,textarea")) {
    if (!shown(e) || e.closest(".visually-hidden, .skip")) continue;
    const r = e.getBoundingClientRect(), inText = e.matches("p a, li a, dd a, td a, th a, p button") && getComputedStyle(e).display == "inline";
    if (!inText && (r.width < 24 || r.height < 24) && r.width > 0) say("a small target " + Math.round(r.width) + "x" + Math.round(r.height), e);
  }
  return faults.slice(0, 20).join("\n");
})()`
