// Keys and the scanner. A scanner types: K-… is a card, B-… a bottle, H-… a label, M-… a staff card, then Enter. What it types
// reaches the scan endpoint wherever the focus is, never a button and never a text field.
"use strict";
(() => {
  const FAST_MS = 35;       // nobody types eight letters at this pace
  const PREFIX_MS = 600;    // after K- or B- a slow scanner is still a scanner
  const SETTLE_MS = 500;    // a fresh button does not take the Enter meant for the one before it
  const LETTER_WAIT_MS = 60;
  const LETTERS_KEY = "bogstavgenveje";

  let burst = "", last = 0, field = null, before = null, pendingLetter = 0, freshSince = 0, shownBefore = "";

  const root = () => document.getElementById("live");
  const dialog = () => document.querySelector("dialog[open]");
  const pinField = (el) => Boolean(el && el.classList && el.classList.contains("pin"));
  const textual = (el) => el && !pinField(el) && (el.tagName === "TEXTAREA" || el.tagName === "SELECT" ||
    (el.tagName === "INPUT" && !["radio", "checkbox", "button", "submit"].includes(el.type)));
  const lettersOn = () => localStorage.getItem(LETTERS_KEY) !== "fra";
  const looksScanned = (gap, prefixed) => gap < (prefixed ? PREFIX_MS : FAST_MS);

  function scan(code) {
    if (/^M-/i.test(code)) { window.counterScreen?.scanned(code); return; }
    if (dialog()) return;
    const url = root() && "/skranke/scan";
    if (!url) return;
    const open = document.querySelector("#panel[data-person]");
    htmx.ajax("POST", url, {
      source: "#scanner", target: "#place", swap: "innerHTML",
      values: { ...shown(), code, csrf: root().dataset.csrf, person: open ? open.dataset.person : "" },
    });
  }

  // What the nurse saw and changed goes along: a scanned bottle must not make it undone.
  function shown() {
    const form = document.querySelector("#panel form");
    const said = form ? new FormData(form) : new FormData();
    const values = {};
    for (const name of ["affected", "poss", "breaths", "customised"]) if (said.has(name)) values[name] = said.get(name);
    if (said.has("customised")) values.doses = said.getAll("dose").join(" ");
    return values;
  }

  function restoreField() {
    if (field && before !== null) { field.value = before; field.dispatchEvent(new Event("input", { bubbles: true })); }
  }

  function reset() { burst = ""; field = null; before = null; }

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    // The field for a bottle's code takes what is scanned or typed at any pace, and sends it itself.
    if (event.target.id === "scan-code" && (event.key.length === 1 || event.key === "Enter")) return;
    const gap = event.timeStamp - last;
    const inText = textual(event.target);
    const prefixed = /^[KBHM]-/i.test(burst) && !inText;
    if (event.key.length === 1) {
      if (!looksScanned(gap, prefixed || (/^[KBHM]$/i.test(burst) && event.key === "-"))) {
        reset();
        field = inText ? event.target : null;
        before = inText ? event.target.value : null;
      }
      burst += event.key;
      // Only a person's digits go into a PIN: what a scanner types does not.
      if (pinField(event.target) && (!/[0-9]/.test(event.key) || /^[KBHM]/i.test(burst))) event.preventDefault();
      last = event.timeStamp;
      if (burst.length > 1) clearTimeout(pendingLetter);
      if (!inText && burst.length === 1) letter(event);
      return;
    }
    if (event.key === "Shift") return;
    if (event.key === "Enter") {
      const code = burst, scanned = code.length >= 4 && looksScanned(gap, prefixed);
      clearTimeout(pendingLetter);
      if (scanned) {
        event.preventDefault(); event.stopPropagation();
        restoreField(); reset(); scan(code);
        return;
      }
      reset();
      if (!dialog()) enter(event, inText);
      return;
    }
    reset();
    if (dialog()) return;
    if (event.key === "Escape") escape(event);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") arrow(event, inText);
  }

  function settled() { return performance.now() - freshSince > SETTLE_MS; }

  function enter(event, inText) {
    const active = document.activeElement;
    const main = document.querySelector("#panel [data-enter]");
    if (event.repeat || ((active === main || active === document.body) && !settled())) {
      event.preventDefault(); event.stopPropagation();
      return;
    }
    const emptySearch = active && active.id === "find" && active.value.trim() === "";
    if (active === document.body || active === null || emptySearch) {
      event.preventDefault();
      if (main && settled()) main.click();
    }
  }

  function letter(event) {
    const key = event.key.toLowerCase();
    if (!lettersOn() || event.repeat || key === "k" || key === "b" || key === "h" || key === "m" || dialog()) return;
    pendingLetter = setTimeout(() => press(key), LETTER_WAIT_MS);
  }

  function press(key) {
    if (key === "s" || key === "/") { focusSearch(); return; }
    const of = (place) => document.querySelector(`${place} [data-key="${CSS.escape(key)}"]`);
    const target = of("#panel") || of("#list .filters");
    if (!target || !settled()) return;
    target.click();
    const drawer = target.closest("details");
    if (drawer && drawer.open) first(drawer)?.focus();
    else target.focus();
  }

  function first(drawer) {
    return drawer.querySelector(".drawer-body input:not([type=hidden]), .drawer-body button");
  }

  function focusSearch() {
    const find = document.getElementById("find");
    if (find) { find.focus(); find.select(); }
  }

  // Esc steps outwards and keeps every word typed: drawer, then field, then search.
  function escape(event) {
    const open = document.querySelector("details.drawer[open], details.menu[open]");
    if (open) {
      event.preventDefault();
      open.open = false;
      open.querySelector("summary").focus();
    } else if (document.activeElement.id === "find") {
      document.activeElement.blur();
      focusMain();
    } else {
      focusSearch();
    }
  }

  function arrow(event, inText) {
    if (inText && event.target.id !== "find") return;
    if (event.target.matches && event.target.matches("input[type=radio]")) return;
    const rows = [...document.querySelectorAll(".alarm, .queue-row, .case")];
    if (!rows.length) return;
    event.preventDefault();
    // From inside the panel on from the row it was opened by.
    const focused = rows.indexOf(document.activeElement);
    const at = focused >= 0 ? focused : rows.findIndex((row) => row.hasAttribute("aria-current"));
    const to = event.key === "ArrowDown" ? Math.min(at + 1, rows.length - 1) : Math.max(at - 1, 0);
    rows[to].focus();
  }

  // The last digit of a PIN is the press, where there is one press alone: yes or no is chosen by hand.
  function pressMain(form) {
    const presses = form.querySelectorAll("button");
    const main = form.querySelector("[data-enter]") || (presses.length === 1 ? presses[0] : null);
    if (!main) { presses[0]?.focus(); return; }
    setTimeout(() => main?.click(), Math.max(0, SETTLE_MS + 1 - (performance.now() - freshSince)));
  }

  function focusMain() {
    const panel = document.getElementById("panel");
    if (!panel) return;
    const reason = panel.querySelector(".reason input, [data-focus]");
    const main = panel.querySelector("[data-enter]");
    if (reason && !reason.value) reason.focus({ preventScroll: true });
    else if (main) main.focus({ preventScroll: true });
  }

  function fresh() {
    const panel = document.getElementById("panel").dataset;
    const what = [panel.person, panel.stage, panel.word, panel.case].join(" ");
    if (what !== shownBefore) {
      freshSince = performance.now();
      document.body.classList.remove("uncovered");
    }
    shownBefore = what;
    focusMain();
    markCurrent();
    const spoken = document.querySelector("#panel .verdict");
    if (spoken) document.getElementById("said").textContent = spoken.innerText.replace(/\s+/g, " ");
  }

  function markCurrent() {
    const sag = document.querySelector("#panel[data-case]");
    for (const row of document.querySelectorAll(".case")) {
      if (sag && row.parentElement.id === `case-${sag.dataset.case}`) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    const open = document.querySelector("#panel[data-person]");
    for (const row of document.querySelectorAll(".queue-row[aria-current]")) row.removeAttribute("aria-current");
    if (!open) return;
    for (const row of document.querySelectorAll(`.queue-row[data-person="${open.dataset.person}"]`)) row.setAttribute("aria-current", "true");
  }

  function onClick(event) {
    const main = event.target.closest && event.target.closest("[data-enter]");
    // A bottle's code may come at once: the press only says which bottle.
    if (main && !settled() && !main.closest("#do-scan")) { event.preventDefault(); event.stopPropagation(); return; }
    // On a screen that faces the room nobody reserves unseen: the first press shows.
    const covered = document.body.classList.contains("private") && !document.body.classList.contains("uncovered");
    if (main && covered && !main.closest("#do-scan") && document.querySelector("#panel .verdict")) {
      event.preventDefault(); event.stopPropagation();
      document.body.classList.add("uncovered");
      focusMain();
      return;
    }
    if (event.target.closest("#uncover")) document.body.classList.toggle("uncovered");
    const next = event.target.closest("[data-next]");
    if (next && root()) {
      event.preventDefault();
      htmx.ajax("GET", "/skranke/tom", { source: "#scanner", target: "#place", swap: "innerHTML" });
    }
    if (event.target.id === "keys-switch") {
      localStorage.setItem(LETTERS_KEY, lettersOn() ? "fra" : "til");
      showLetters();
    }
  }

  // What opens beside the page (labels, slips) leaves its drawer closed, so that the panel can follow.
  function onSubmit(event) {
    const drawer = event.target.target === "_blank" && event.target.closest("details");
    if (drawer) setTimeout(() => { event.target.reset(); drawer.open = false; }, 0);
  }

  function showLetters() {
    document.body.classList.toggle("keys-off", !lettersOn());
    const button = document.getElementById("keys-switch");
    if (button) button.textContent = lettersOn() ? button.dataset.on : button.dataset.off;
  }

  window.counterKeys = { fresh, focusMain, markCurrent, pressMain };
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("click", onClick, true);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("DOMContentLoaded", () => { showLetters(); focusMain(); markCurrent(); });
})();
