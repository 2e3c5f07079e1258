// J and K go to the next and the previous indicator of a report; off with the other letters.
"use strict";
(() => {
  const typing = (el) => el.closest("input, textarea, select");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    if (localStorage.getItem("bogstavgenveje") === "fra") return;
    const step = { j: 1, k: -1 }[event.key.toLowerCase()];
    if (!step) return;
    const heads = [...document.querySelectorAll(".audit-section > h2, #sidste-aar, #underskrift")];
    const top = 120;
    const here = heads.filter((one) => one.getBoundingClientRect().top < top).length - 1;
    const to = heads[Math.min(Math.max(here + step, 0), heads.length - 1)];
    if (!to) return;
    event.preventDefault();
    to.scrollIntoView();
    to.focus({ preventScroll: true });
  });
})();
