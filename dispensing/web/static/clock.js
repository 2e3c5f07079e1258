// The clock and the countdowns. The server's moment rules: this only shows what is left until it.
"use strict";
(() => {
  let ahead = 0; // server clock minus this machine's, in ms
  const clock = () => document.getElementById("clock");
  const now = () => Date.now() + ahead;

  function set(iso) { ahead = Date.parse(iso) - Date.now(); show(); }

  function two(n) { return String(n).padStart(2, "0"); }

  function show() {
    const at = now();
    const face = clock();
    if (face) {
      face.textContent = new Intl.DateTimeFormat("da-DK", {
        hour: "2-digit", minute: "2-digit", timeZone: face.dataset.zone, hourCycle: "h23",
      }).format(at).replace(".", ":");
    }
    let ended = false;
    for (const due of document.querySelectorAll("time.countdown[data-due]")) {
      const left = Math.ceil((Date.parse(due.dataset.due) - at) / 1000);
      if (left <= 0) ended = true;
      const s = Math.max(left, 0);
      due.textContent = `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
    }
    // The end belongs to the server: ask for the list once, it then carries the alarm.
    if (ended && at - show.asked > 2000) {
      show.asked = at;
      document.body.dispatchEvent(new CustomEvent("listchanged"));
      document.body.dispatchEvent(new CustomEvent("personchanged"));
    }
  }
  show.asked = 0;

  window.counterClock = { set, now, show };
  document.addEventListener("DOMContentLoaded", () => {
    if (clock()) set(clock().dataset.now);
    setInterval(show, 1000);
  });
})();
