/* What pages of the desk do by themselves. Without it all of them work, and stand still. */
"use strict";
(() => {
  const BY_ITSELF = { Accept: "text/html", "Tongxin-By-Itself": "1" };
  const OFTEN = 2000, HIDDEN = 10000, MINUTE = 60000; // between two readings of a page, in ms
  const PATIENCE = 4000; // before a page says that the connection is lost
  const SILENT = 40000; // a stream says at least every 15 s that it is there
  const AGAIN = [2000, 30000]; // before a stream that was refused is asked for again
  const SENDING = 15000; // within which an answer to a form comes
  const BEAT = 20000; // a look that nobody tells of for 60 s is over

  const main = document.querySelector("main");
  const page = main?.dataset.live ? main : null;
  const words = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const morph = (old, fresh) => old.isEqualNode(fresh) ? null
    : htmx.swap({ sourceElement: old, target: old, text: fresh.outerHTML, swap: "outerMorph" });

  /* A standard text goes into its box at once; without this the page comes back with it. */

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[name=use]");
    if (!button) return;
    event.preventDefault();
    const { text: choice } = button.form.elements;
    const box = button.form.elements[choice.dataset.fills], text = choice.selectedOptions[0].dataset.text;
    if (text && !box.value.includes(text)) {
      box.value = [box.value.trimEnd(), text].filter(Boolean).join("\n");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    (text ? box : choice).focus();
  });

  /* A form on its way is not sent once more: what came of the first time would never be seen. */

  document.addEventListener("submit", (event) => {
    const { dataset } = event.target;
    if (dataset.onItsWay) event.preventDefault();
    else {
      dataset.onItsWay = "1";
      setTimeout(() => delete dataset.onItsWay, SENDING); // it may have been stopped
    }
  });
  addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.onItsWay));

  /* Drafts: what was typed into a form waits in its tab until it was sent, for whoever typed it. */

  const fields = (form) => [...form.elements].filter((one) => one.name && !["hidden", "password", "file", "submit"].includes(one.type));
  const hasFiles = (form) => [...form.querySelectorAll("[type=file]")].some((one) => one.files.length);
  const draftOf = (form) => `draft ${page?.dataset.person} ${form.dataset.draft}`;
  // Boxes of one name differ by what they stand for.
  const nameOf = (one) => one.type === "checkbox" ? `${one.name} ${one.value}` : one.name;
  const isTyped = (one) => one.matches("select") ? one.value !== "" && !one.selectedOptions[0].defaultSelected
    : one.type === "checkbox" ? one.checked !== one.defaultChecked : one.value !== one.defaultValue;

  function keep(event) {
    const form = event.target.form;
    if (!form?.dataset.draft) return;
    const typed = fields(form).filter(isTyped).map((one) => [nameOf(one), one.type === "checkbox" ? one.checked : one.value]);
    if (typed.length) sessionStorage.setItem(draftOf(form), JSON.stringify(typed));
    else sessionStorage.removeItem(draftOf(form));
  }

  function putBack(form) {
    const typed = new Map(JSON.parse(sessionStorage.getItem(draftOf(form)) ?? "[]"));
    for (const one of fields(form).filter((one) => typed.has(nameOf(one)) && !isTyped(one))) {
      if (one.type === "checkbox") one.checked = typed.get(nameOf(one));
      else one.value = typed.get(nameOf(one));
      one.closest("details")?.setAttribute("open", "");
    }
    if (typed.size) form.closest("details")?.setAttribute("open", "");
  }

  const SENT = "sent";
  function forgetSent() {
    // A form was taken when another page came of it than one that shows what was wrong.
    const sent = JSON.parse(sessionStorage.getItem(SENT) ?? "null");
    if (!sent || document.querySelector("[data-tried]")) return;
    if (location.pathname !== sent.from || new URLSearchParams(location.search).has("said")) {
      sessionStorage.removeItem(sent.draft);
    }
    sessionStorage.removeItem(SENT);
  }

  /* Whoever signs out in one tab leaves in all of them, and `leaving.js` forgets what they typed. */

  const channel = new BroadcastChannel("tongxin-live");
  channel.addEventListener("message", ({ data }) => { if (data.kind === "left") location.replace("/signed-out"); });

  forgetSent();
  if (!page) return;
  for (const name of Object.keys(sessionStorage)) {
    // Of somebody else, who was here before: their session ended by itself.
    if (name.startsWith("draft ") && !name.startsWith(`draft ${page.dataset.person} `)) sessionStorage.removeItem(name);
  }
  document.addEventListener("input", keep);
  document.addEventListener("change", keep);
  document.addEventListener("submit", ({ target }) => {
    if (target.dataset.draft) sessionStorage.setItem(SENT, JSON.stringify({ draft: draftOf(target), from: page.dataset.live }));
  });
  // What comes back with what is wrong is newer than any draft.
  if (!document.querySelector("[data-tried]")) document.querySelectorAll("form[data-draft]").forEach(putBack);

  /* Reading the page anew: what changed is put in place, and nothing that somebody types is touched. */

  const note = document.getElementById("live");
  let isReading = false, timer = null, readAt = 0, isOver = false;

  function say(text, { link = false } = {}) {
    if (isOver && !link) return;
    const said = note.querySelector("span");
    if (said.textContent !== text) said.textContent = text;
    note.querySelector("a").hidden = !link;
    note.hidden = !text;
  }

  function over(text) {
    say(text);
    isOver = true;
  }

  function soon() {
    if (timer || isOver) return;
    const least = Number(page.dataset.rest ?? OFTEN); // what counts much says that it rests for longer
    const rest = readAt + (document.hidden ? Math.max(HIDDEN, least) : least) - Date.now();
    timer = setTimeout(read, Math.max(rest, Math.random() * 300));
  }

  async function read() {
    timer = null;
    if (isReading) { soon(); return; }
    isReading = true;
    readAt = Date.now();
    try {
      const answer = await fetch(page.dataset.live, { headers: BY_ITSELF, redirect: "manual" });
      if (answer.type === "opaqueredirect") signedOut();
      else if (answer.status === 404 && page.dataset.case) over(note.dataset.gone);
      else if (answer.status === 403) over(note.dataset.barred);
      else if (answer.ok) await put(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* the stream tells that the connection is lost */ } finally { isReading = false; }
  }

  async function put(fresh) {
    const { live, person } = fresh.querySelector("main")?.dataset ?? {};
    if (live && person !== page.dataset.person) { location.reload(); return; }
    for (const part of document.querySelectorAll("[data-part]")) {
      const coming = fresh.getElementById(part.id);
      if (!coming) continue;
      for (const own of part.querySelectorAll("[data-keep]")) if (isInUse(own)) hold(own, coming);
      await (part.id === "found" ? putList(part, coming) : morph(part, coming));
    }
    if (state === "up") say("");
    isOver ||= !live; // nothing is to come any more
  }

  const isInUse = (own) => own.matches("details[open]") || own.querySelector("details[open]") || [...own.querySelectorAll("form")].some((form) =>
    fields(form).some(isTyped) || hasFiles(form) || form.contains(document.activeElement));

  /* Let a part stay as it is, where something is typed; and say so if the case has moved on. */
  function hold(own, coming) {
    const twin = coming.querySelector(`#${own.id}`);
    const told = own.querySelector(".moved");
    if (told && twin?.dataset.lines !== own.dataset.lines) told.textContent = told.dataset.text;
    const copy = own.cloneNode(true);
    if (twin) twin.replaceWith(copy);
    else if (own.dataset.keep !== "here") coming.lastElementChild.prepend(copy); // else it goes with what it is about
  }

  /* Lists: rows change in place; new ones come in only where that pushes nothing away. */

  const news = document.getElementById("news");
  const told = document.getElementById("news-told");
  const title = document.title;
  const rowsOf = (list) => [...list.querySelectorAll("li[id]")];
  const known = new Set(rowsOf(document).map((one) => one.id));
  const unseen = new Set();
  let pending = null;

  const isCalm = (list) => scrollY < 8 && !list.matches(":hover, :focus-within")
    && ![...list.querySelectorAll("input, select")].some(isTyped)
    && !document.activeElement?.matches("input:not([type=checkbox]), textarea");

  /* What is ticked for a command of many stays ticked and in sight, whatever comes of its case. */

  const isTicked = (row) => row.matches(":has(.pick input:checked)");

  function tellTicked() {
    const line = document.getElementById("ticked");
    if (!line) return;
    const ticked = rowsOf(document).filter(isTicked), left = ticked.filter((one) => one.matches(".left")).length;
    const text = !ticked.length ? "" : left ? line.dataset.left : line.dataset.text;
    line.textContent = words(text, { count: ticked.length, left });
  }
  document.addEventListener("change", tellTicked);
  tellTicked();

  function keepTicked(list, coming) {
    for (const row of rowsOf(list).filter((one) => isTicked(one) && !coming.querySelector(`#${one.id}`))) {
      const copy = row.cloneNode(true);
      copy.classList.add("left", "kept");
      coming.querySelector(".cases")?.append(copy);
    }
  }

  function seenNow() {
    if (!document.hidden && !pending) unseen.clear();
    document.title = unseen.size ? `(${unseen.size}) ${title}` : title;
  }

  async function putList(list, coming) {
    const rows = rowsOf(coming);
    const last = rows.findLastIndex((one) => known.has(one.id));
    // Beyond the last one that was known are those that only moved up.
    const added = (last < 0 ? rows : rows.slice(0, last)).filter((one) => !known.has(one.id));
    rows.forEach((one) => known.add(one.id));
    if (isCalm(list)) { pending = coming; await showNews(added); }
    else await putInPlace(list, coming, rows);
    if (added.length) {
      added.forEach((one) => unseen.add(one.id));
      told.textContent = words(told.dataset.text, { count: added.length });
      sound();
    }
    tellTicked();
    seenNow();
  }

  async function putInPlace(list, coming, rows) {
    const there = new Map(rows.map((one) => [one.id, one]));
    const shown = rowsOf(list).filter((one) => there.has(one.id) || !one.matches(".kept"));
    const last = shown.findLastIndex((one) => there.has(one.id));
    for (const [index, row] of shown.entries()) {
      if (there.has(row.id)) await morph(row, there.get(row.id).cloneNode(true));
      else if (index < last) row.classList.add("left");
    }
    const isSame = shown.length === rows.length && shown.every((one, index) => one.id === rows[index].id);
    pending = isSame ? null : coming;
    const count = rows.filter((one) => !document.getElementById(one.id)).length;
    news.textContent = count ? words(news.dataset.text, { count }) : news.dataset.changed;
    news.hidden = !pending;
  }

  async function showNews(added) {
    const list = document.getElementById("found"), coming = pending;
    pending = null;
    news.hidden = true;
    keepTicked(list, coming);
    await morph(list, coming);
    for (const one of added ?? []) document.getElementById(one.id)?.classList.add("fresh");
  }

  news?.addEventListener("click", async () => {
    await showNews();
    scrollTo({ top: 0 });
    document.querySelector("#found a")?.focus({ preventScroll: true }); // the button is gone
    tellTicked();
    seenNow();
  });

  /* A sound, if somebody wants one in this browser: one tab makes it. */

  const bell = document.getElementById("sound");
  let audio = null;
  const isOn = () => localStorage.getItem("sound") === "on";
  async function ring() {
    audio ??= new AudioContext();
    await audio.resume();
    const tone = audio.createOscillator(), loud = audio.createGain(), at = audio.currentTime;
    tone.frequency.setValueAtTime(660, at);
    tone.frequency.setValueAtTime(880, at + 0.12);
    loud.gain.setValueAtTime(0.12, at);
    loud.gain.exponentialRampToValueAtTime(0.001, at + 0.4);
    tone.connect(loud).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.4);
  }
  function sound() {
    if (!bell || !isOn()) return;
    const alone = (make) => navigator.locks ? navigator.locks.request("tongxin-sound", { ifAvailable: true }, (held) =>
      held && make().then(() => new Promise((end) => setTimeout(end, OFTEN)))) : make();
    alone(ring);
  }
  if (bell) {
    const show = () => bell.setAttribute("aria-pressed", String(isOn()));
    bell.addEventListener("click", () => { localStorage.setItem("sound", isOn() ? "off" : "on"); show(); sound(); });
    addEventListener("storage", show);
    show();
    bell.hidden = false;
  }

  /* The stream: a browser has few connections to a host, so one tab holds it and tells the others. */

  let position = page.dataset.position, state = "up", lostAt = null, grace = null, source = null, heardAt = 0, tries = 0;

  function tell(message) { channel.postMessage(message); hear(message); }

  function hear({ kind, ids = [], at }) {
    if (at) position = at;
    if (kind === "up") connected();
    else if (kind === "down") lost();
    else if (kind === "ended") signedOut();
    else if (kind === "full") { state = "full"; say(note.dataset.full); }
    else if (kind === "anew") soon();
    else if (kind === "changed" && (!page.dataset.case || ids.includes(page.dataset.case))) soon();
    else if (kind === "looked" && ids.includes(page.dataset.case)) soon();
    else if (kind === "who" && source) channel.postMessage({ kind: state === "up" ? "is" : state, at: position });
    else if (kind === "is") { connected(); if (isBeyond(at)) soon(); }
  }

  function isBeyond(at) {
    const [epoch, number] = at.split("-"), [own, mine] = page.dataset.position.split("-");
    return epoch !== own || Number(number) > Number(mine);
  }

  function connected() {
    clearTimeout(grace);
    grace = null;
    if (state !== "up") { state = "up"; soon(); }
    lostAt = null;
  }

  function lost() {
    if (state === "down" || state === "ended") return;
    state = "down";
    lostAt ??= new Date();
    const at = lostAt.toTimeString().slice(0, 5);
    grace = setTimeout(() => { if (state === "down") say(words(note.dataset.lost, { at })); }, PATIENCE);
  }

  function signedOut() {
    state = "ended";
    clearTimeout(grace);
    say(note.dataset.ended, { link: true });
  }

  function open() {
    source?.close();
    heardAt = Date.now();
    source = new EventSource(`/live?after=${encodeURIComponent(position)}`);
    source.onerror = () => { tell({ kind: "down" }); if (source.readyState === EventSource.CLOSED) refused(); };
    source.addEventListener("ended", () => { source.close(); tell({ kind: "ended" }); comeAgain(); });
    for (const kind of ["hello", "beat", "anew", "changed", "looked"]) {
      source.addEventListener(kind, ({ data, lastEventId }) => {
        heardAt = Date.now();
        tries = 0;
        if (state !== "up") tell({ kind: "up" });
        if (kind !== "hello") tell({ kind, ids: JSON.parse(data), at: lastEventId });
      });
    }
  }

  async function refused() {
    try {
      // A stream does not say why it was refused. Where the page is still to be had, there are too many.
      const answer = await fetch(page.dataset.live, { headers: BY_ITSELF, redirect: "manual" });
      if (answer.type === "opaqueredirect") tell({ kind: "ended" });
      else if (answer.status === 403) over(note.dataset.barred);
      else if (answer.ok) tell({ kind: "full" });
    } catch { /* nobody is there */ }
    comeAgain();
  }

  let coming = null;
  function comeAgain(at_once = false) {
    clearTimeout(coming);
    const [least, most] = AGAIN;
    const rest = at_once ? 0 : Math.min(most, least * 2 ** tries++) * (0.7 + Math.random() * 0.6);
    coming = setTimeout(open, rest);
  }

  const lead = () => {
    open();
    setInterval(() => { if (Date.now() - heardAt > SILENT && source.readyState !== EventSource.CLOSED) { tell({ kind: "down" }); open(); } }, BEAT / 2);
    addEventListener("offline", () => { source.close(); tell({ kind: "down" }); });
    addEventListener("online", () => comeAgain(true));
    return new Promise(() => {}); // until the tab is closed
  };
  channel.addEventListener("message", ({ data }) => hear(data));
  if (navigator.locks) navigator.locks.request("tongxin-live", lead);
  else lead();
  channel.postMessage({ kind: "who" });

  /* Clocks are told in words, and some count working time: the server tells them each minute. */

  setInterval(() => { if (!document.hidden && (state === "up" || state === "full")) soon(); }, MINUTE);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    seenNow();
    if (state === "ended" && source) comeAgain(true);
    else if (Date.now() - readAt > MINUTE || timer) { clearTimeout(timer); timer = null; soon(); }
    look();
  });

  /* Who looks at a case tells the others. */

  const looking = page.dataset.case && `/cases/${page.dataset.case}/looking`;
  function look() {
    if (looking && !document.hidden && state !== "ended") {
      fetch(looking, { method: "POST", body: new URLSearchParams({ here: "1" }), headers: BY_ITSELF }).catch(() => {});
    }
  }
  if (looking) {
    look();
    setInterval(look, BEAT);
    addEventListener("pagehide", () => navigator.sendBeacon(looking, new URLSearchParams({ left: "1" })));
  }
})();
