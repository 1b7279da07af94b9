/* What the pages do beyond HTML: mode, rail, menus, drawer, command palette, keyboard rows, file drop.
   Every one of them has a way without this file. */
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  /* what this browser keeps for the server: in production bound to the host and to TLS, as the other cookies are */
  const keep = (name, value) => {
    const prefix = root.dataset.cookies || "";
    const pair = `${prefix}${name}=${value}`;
    if (document.cookie.split("; ").includes(pair)) return;
    document.cookie = `${pair}; path=/; max-age=31536000; samesite=lax${prefix ? "; secure" : ""}`;
  };

  /* mode */
  const nextMode = { auto: "dark", dark: "light", light: "auto" };
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-mode-form]")) return;
    event.preventDefault();
    const mode = nextMode[root.dataset.mode] || "dark";
    root.dataset.mode = mode;
    keep("mode", mode);
  });

  /* the zone of this clock, so that moments are told by it from the next page on */
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) keep("zone", zone);

  /* rail as a sheet */
  const rail = one("#rail");
  const openRail = (open) => rail && rail.classList.toggle("is-open", open);

  /* drawer: links with data-drawer show their page in it */
  const drawer = one("#drawer");
  async function openDrawer(url) {
    const response = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!response.ok && response.status >= 500) { location.href = url; return; }
    drawer.innerHTML = await response.text();
    if (!drawer.open) drawer.showModal();
    const heading = one("h2", drawer);
    if (heading) { heading.tabIndex = -1; heading.focus(); }
  }

  /* palette */
  const palette = one("#palette");
  const paletteInput = one("#palette-q");
  function openPalette() {
    if (!palette || palette.open) return;
    palette.showModal();
    paletteInput.select();
    filterPages();
  }
  function filterPages() {
    const words = paletteInput.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    for (const link of all("#palette-pages a")) link.hidden = !words.every((w) => link.dataset.words.includes(w));
    if (!words.length) one("#palette-found").replaceChildren();
    mark(0);
  }
  const shownLinks = () => all(".palette-list a", palette).filter((link) => !link.hidden);
  let at = 0;
  function mark(index) {
    const links = shownLinks();
    at = Math.max(0, Math.min(index, links.length - 1));
    links.forEach((link, i) => link.classList.toggle("is-current", i === at));
    if (links[at]) links[at].scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    const why = target.closest("[data-drawer]");
    if (why && drawer && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openDrawer(why.href);
    } else if (target.closest("[data-close]") || target === drawer || target === palette) {
      const dialog = target.closest("dialog");
      if (dialog) dialog.close();
    } else if (target.closest("[data-rail]")) {
      event.preventDefault();
      openRail(true);
    } else if (target.closest("[data-rail-close]")) {
      event.preventDefault();
      openRail(false);
      history.replaceState(null, "", location.pathname + location.search);
    } else if (target.closest("[data-palette-open]")) {
      target.blur();
      openPalette();
    } else if (target.closest("[data-print]")) {
      window.print();
    }
    for (const menu of all("details[data-menu][open]")) if (!menu.contains(target)) menu.open = false;
  });

  const typing = (element) => element && (element.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && element.type !== "checkbox"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.key === "Escape") {
      if (typing(event.target) && !event.target.closest("dialog")) event.target.blur();
      openRail(false);
      for (const menu of all("details[data-menu][open]")) menu.open = false;
      return;
    }
    if (palette && palette.open) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        mark(at + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter") {
        const link = shownLinks()[at];
        if (link) location.href = link.href;
        else location.href = `${palette.dataset.search}?q=${encodeURIComponent(paletteInput.value)}`;
      }
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || (drawer && drawer.open)) return;
    if (event.key === "/") {
      const search = one("[data-palette-open]");
      if (!search) return;
      event.preventDefault();
      openPalette();
    } else {
      rowKey(event);
    }
  });
  if (paletteInput) paletteInput.addEventListener("input", filterPages);
  document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "palette-found") mark(0); });

  /* keyboard rows: j and k move, Enter opens, and a row's [data-key] controls answer their key */
  let row = all("table[data-rows] tbody tr").findIndex((element) => element.classList.contains("is-current"));
  function answer(event, control) {
    event.preventDefault();
    control.click();
    const next = !control.disabled && control.dataset.then && one(control.dataset.then);
    if (next) next.focus();
  }
  function rowKey(event) {
    const table = one("table[data-rows]");
    const rows = table ? all("tbody tr", table) : [];
    const step = { j: 1, k: -1 }[event.key];
    if (step && rows.length) {
      event.preventDefault();
      row = Math.max(0, Math.min(rows.length - 1, row + step));
      rows.forEach((element, i) => element.classList.toggle("is-current", i === row));
      rows[row].scrollIntoView({ block: "nearest" });
      rows[row].dispatchEvent(new Event("rowpick"));
    } else if (rows[row] && event.key === "Enter" && event.target === document.body) {
      const link = one("a[href]", rows[row]);
      if (link) link.click();
    } else {
      const selector = `[data-key="${CSS.escape(event.key)}"]`;
      const control = (rows[row] && one(selector, rows[row])) || one(selector);
      if (control) answer(event, control);
    }
  }

  /* rows ticked for a bulk action */
  const ticks = () => all("[data-tick]");
  const counter = one("[data-picked]");
  const tickAll = one("[data-tick-all]");
  function countTicks() {
    const ticked = ticks().filter((tick) => tick.checked).length;
    if (counter) counter.textContent = ticked;
    if (tickAll) { tickAll.checked = ticked > 0 && ticked === ticks().length; tickAll.indeterminate = ticked > 0 && !tickAll.checked; }
  }
  if (tickAll) {
    tickAll.hidden = false;
    tickAll.addEventListener("change", () => { for (const tick of ticks()) tick.checked = tickAll.checked; countTicks(); });
  }
  document.addEventListener("change", (event) => { if (event.target.matches("[data-tick]")) countTicks(); });
  document.addEventListener("reset", () => setTimeout(countTicks));
  countTicks();

  /* file drop */
  for (const zone of all("[data-drop]")) {
    const input = one("input[type=file]", zone);
    for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (e) => { e.preventDefault(); zone.classList.add("is-over"); });
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, (e) => { e.preventDefault(); zone.classList.remove("is-over"); });
    zone.addEventListener("drop", (e) => { if (e.dataTransfer.files.length) input.files = e.dataTransfer.files; });
  }

  /* a page that waits: it looks again by itself, but not behind another tab and not under somebody's hands */
  function lookAgain() {
    const waiting = one("[data-refresh]");
    if (!waiting) return;
    setTimeout(async () => {
      if (document.hidden || waiting.contains(document.activeElement)) return lookAgain();
      try {
        const page = new DOMParser().parseFromString(await (await fetch(location.href, { credentials: "same-origin" })).text(), "text/html");
        const fresh = page.getElementById(waiting.id);
        if (fresh) waiting.replaceWith(fresh);
      } catch { /* the network is away: the next look may find it */ }
      lookAgain();
    }, Number(waiting.dataset.refresh) * 1000);
  }
  lookAgain();
  setInterval(() => {
    for (const clock of all("time[data-until]")) {
      const left = Math.max(0, Math.round((Date.parse(clock.dataset.until) - Date.now()) / 1000));
      const two = (n) => String(n).padStart(2, "0");
      if (left < 86400) clock.textContent = `${two(Math.floor(left / 3600))}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    }
  }, 1000);

  /* on a narrow screen the folded panels start closed */
  if (matchMedia("(max-width: 700px)").matches) for (const fold of all("details[data-fold][open]")) fold.open = false;
  addEventListener("beforeprint", () => { for (const fold of all("details[data-fold]")) fold.open = true; });
  for (const select of all("select[data-submit]")) select.addEventListener("change", () => select.form.requestSubmit());
  if (navigator.clipboard) for (const button of all("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.classList.add("is-done");
      setTimeout(() => button.classList.remove("is-done"), 1500);
    });
  }
  for (const form of all("form[data-once]")) form.addEventListener("submit", () => { for (const b of all("button", form)) setTimeout(() => { b.disabled = true; }); });
})();
