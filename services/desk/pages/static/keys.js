/* What single keys do. It is not loaded where somebody switched them off; nothing waits for it. */
"use strict";
(() => {
  const help = document.getElementById("shortcuts");
  if (!help) return;
  const PATIENCE = 2000; // between g and its letter, in ms
  let goneAt = -Infinity;

  const TICKED = ["checkbox", "radio", "button", "submit"]; // nobody types into these
  const isTyped = (one) => one.isContentEditable || one.matches("textarea, select")
    || (one.matches("input") && !TICKED.includes(one.type));

  function show() {
    if (!help.open) help.showModal();
  }

  function step(by) {
    const rows = [...document.querySelectorAll(".cases > li, .rows > li")].filter((one) => one.querySelector("a"));
    const now = rows.findIndex((one) => one.contains(document.activeElement));
    const next = now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by;
    rows[next]?.querySelector("a").focus();
  }

  const DOES = {
    "/": () => document.querySelector("main input[type=search]")?.focus(),
    "?": show,
    j: () => step(1),
    k: () => step(-1),
  };
  DOES["？"] = DOES["?"]; // as a Chinese keyboard has it

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || help.open || isTyped(target)) return;
    const went = event.timeStamp - goneAt < PATIENCE;
    goneAt = -Infinity;
    const link = went && document.querySelector(`.queues a[data-letter="${CSS.escape(key)}"]`);
    if (link) link.click();
    else if (key === "g") goneAt = event.timeStamp;
    else if (Object.hasOwn(DOES, key)) DOES[key]();
    else return;
    event.preventDefault();
  });

  document.querySelector(".top .help")?.addEventListener("click", (event) => {
    event.preventDefault();
    show();
  });
})();
