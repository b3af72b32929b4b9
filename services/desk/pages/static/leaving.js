/* Nobody is signed in here any more: what somebody typed goes, in this tab and in all others. */
"use strict";
(() => {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith("draft ")) sessionStorage.removeItem(name);
  new BroadcastChannel("tongxin-live").postMessage({ kind: "left" });
})();
