// The shared screen: hides people when nobody is there, locks, opens again, switches nurses. The page
// under the dialog stays as it is; only its tokens and the name in the bar change hands.
"use strict";
(() => {
  const TICK_MS = 500;
  const PIN_DIGITS = 6;
  const SCAN_PAUSE_MS = 60;
  const HERE_MS = 8000;      // the server hears of input at most so late
  const CLICK_MS = 800;
  let touched = 0, told = 0, card = "", locked = false, timer = 0, busy = false, shownAt = -CLICK_MS;

  const dialog = () => document.getElementById("lock");
  const pin = () => document.getElementById("lock-pin");
  const now = () => performance.now();
  const seconds = (name) => Number(dialog().dataset[name]) * 1000;

  function say(text) { document.getElementById("lock-said").textContent = text || ""; }

  async function send(path, values) {
    const body = new URLSearchParams({ csrf: dialog().dataset.csrf, ...values });
    const answer = await fetch(path, { method: "POST", body, headers: { "HX-Request": "true" } });
    const said = await answer.json().catch(() => ({}));
    return { ok: answer.ok, status: answer.status, said };
  }

  function people(hidden) {
    document.body.classList.toggle("hushed", hidden || locked);
    document.getElementById("veil").hidden = !hidden || locked;
  }

  function tick() {
    const idle = now() - touched;
    if (locked) return;
    if (idle >= seconds("lock")) lock();
    else if (idle >= seconds("hide")) people(true);
  }

  // The touch that shows the people again does nothing else.
  function touch(event) {
    const hidden = !document.getElementById("veil").hidden;
    touched = now();
    const pressed = event.type === "keydown" || event.type === "pointerdown" || event.type === "click";
    if (hidden && !locked) people(false);
    if (hidden && !locked && event.type === "pointerdown") shownAt = now();
    const sameTouch = event.type === "click" && now() - shownAt < CLICK_MS;
    if (sameTouch) shownAt = -CLICK_MS;
    if (pressed && ((hidden && !locked) || sameTouch)) { event.preventDefault(); event.stopPropagation(); }
    if (!locked && touched - told > HERE_MS) { told = touched; stillHere(); }
  }

  async function stillHere() {
    try {
      const { status } = await send("/her", {});
      if (status === 423) show(true);
      else if (status === 401) show(true, true);
    } catch { /* Without the server nothing can be done here anyway, and live.js says so. */ }
  }

  async function lock(values = {}) {
    show(true);
    // Whoever scans may key the PIN at once: it already counts for this card.
    if (values.card) card = values.card;
    try {
      const { ok, said } = await send("/laas", values);
      if (said.problem === "card-of-another") another(values.card);
      else if (ok) card = "";
      else if (values.card) { card = ""; say(said.said); }
    } catch { /* It locks by itself soon after. */ }
  }

  // The card is a colleague's: nothing is locked, she takes over. Digits keyed meanwhile stay.
  function another(code) {
    if (!dialog().open) return;
    locked = false;
    dress(false);
    take(code, true);
  }

  function show(isLocked, over = false) {
    locked = isLocked;
    card = "";
    const box = dialog();
    dress(isLocked);
    document.getElementById("lock-other").hidden = !over;
    say("");
    pin().value = "";
    document.getElementById("lock-password").value = "";
    people(false);
    if (!box.open) box.showModal();
    pin().focus();
    names();
  }

  function dress(isLocked) {
    const box = dialog();
    document.getElementById("lock-title").textContent = isLocked ? box.dataset.sayLocked : box.dataset.saySwitch;
    for (const id of ["lock-cancel", "lock-now"]) document.getElementById(id).hidden = isLocked;
    document.querySelector(".lock-more").hidden = !isLocked;
    people(false);
  }

  async function names() {
    const list = document.getElementById("lock-names");
    list.replaceChildren();
    document.querySelector(".lock-who").hidden = true;
    try {
      const answer = await fetch("/kolleger");
      if (!answer.ok) return;
      const mine = dialog().dataset.staff, found = await answer.json();
      for (const one of found) {
        const label = document.createElement("label"), input = document.createElement("input");
        label.className = "choice";
        input.type = "radio"; input.name = "staff_id"; input.value = one.staff_id;
        input.checked = locked && String(one.staff_id) === mine;
        label.append(input, ` ${one.name}`);
        list.append(label);
      }
      document.querySelector(".lock-who").hidden = found.length === 0 || card !== "";
    } catch { /* A card still works. */ }
  }

  // The step that a scanned card is for: of the drawer that is open, else of the panel's own press.
  function stepWaiting() {
    const open = document.querySelector("#panel details.drawer[open]");
    const steps = [...document.querySelectorAll("#panel form [name=step_card]")];
    return steps.find((step) => step.closest("details.drawer[open]") || (!open && !step.closest("details")));
  }

  // A scanned staff card: one's own locks (or, locked, waits for the PIN); another's takes over.
  function scanned(code) {
    const step = stepWaiting();
    if (!dialog().open && step && step.dataset.step === "card") {
      step.value = code;
      window.counterKeys?.pressMain(step.form);
      return;
    }
    if (dialog().open) take(code);
    else lock({ card: code });
  }

  function take(code, keyed = false) {
    card = code;
    if (!dialog().open) show(locked);
    card = code;
    document.querySelector(".lock-who").hidden = true;
    say(dialog().dataset.sayCard);
    if (!keyed) pin().value = "";
    pin().focus();
  }

  async function open(values) {
    if (busy) return;
    busy = true;
    const chosen = document.querySelector("#lock-names input:checked");
    const mine = dialog().dataset.staff;
    const other = card || (chosen && (chosen.value !== mine || !locked));
    const path = other && values.pin ? "/skift" : "/laas-op";
    if (path === "/skift") { if (card) values.card = card; else values.staff_id = chosen.value; }
    try {
      const { ok, said } = await send(path, values);
      if (ok) opened(said);
      else { say(said.said); pin().value = ""; pin().focus(); }
    } catch { say(dialog().dataset.sayOffline); pin().value = ""; }
    busy = false;
  }

  function opened(said) {
    if (document.getElementById("locked-page")) { location.assign("/"); return; }
    for (const field of document.querySelectorAll("input[name=csrf]")) field.value = said.csrf;
    const live = document.getElementById("live");
    if (live) live.dataset.csrf = said.csrf;
    const box = dialog();
    const another = box.dataset.staff !== String(said.staff_id);
    box.dataset.csrf = said.csrf;
    box.dataset.staff = said.staff_id;
    document.getElementById("staff-name").textContent = said.name;
    locked = false; card = "";
    touched = told = now();
    box.close();
    people(false);
    const also = document.getElementById("also-at");
    also.textContent = said.also;
    also.hidden = !said.also;
    document.body.dispatchEvent(new CustomEvent("listchanged"));
    if (another) document.body.dispatchEvent(new CustomEvent("switched"));
    window.counterKeys?.focusMain();
  }

  // Six digits are enough: no Enter. Not while a scanner types.
  function typed(event) {
    if (!event.target.classList.contains("pin")) return;
    clearTimeout(timer);
    if (event.target.value.length !== PIN_DIGITS) return;
    timer = setTimeout(() => {
      if (event.target === pin()) open({ pin: pin().value });
      else window.counterKeys?.pressMain(event.target.form);
    }, SCAN_PAUSE_MS);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const box = dialog();
    if (!box) return;
    touched = told = now();
    for (const kind of ["keydown", "pointerdown", "click"]) window.addEventListener(kind, touch, true);
    for (const kind of ["pointermove", "wheel", "touchstart"]) window.addEventListener(kind, touch, { capture: true, passive: true });
    document.addEventListener("input", typed);
    box.addEventListener("cancel", (event) => { if (locked) event.preventDefault(); });
    box.addEventListener("close", () => { if (locked) box.showModal(); });
    document.getElementById("lock-form").addEventListener("submit", (event) => { event.preventDefault(); if (pin().value.length === PIN_DIGITS) open({ pin: pin().value }); });
    document.getElementById("lock-password-form").addEventListener("submit", (event) => { event.preventDefault(); card = ""; open({ password: document.getElementById("lock-password").value }); });
    document.getElementById("lock-cancel").addEventListener("click", () => { box.close(); window.counterKeys?.focusMain(); });
    document.getElementById("lock-now").addEventListener("click", () => lock());
    document.getElementById("staff-name")?.addEventListener("click", () => show(false));
    // A chosen name wants the PIN next.
    document.getElementById("lock-names").addEventListener("change", () => { card = ""; pin().focus(); });
    document.addEventListener("htmx:before:response", (event) => {
      const status = event.detail?.ctx?.response?.status;
      if (status === 423) { event.preventDefault(); if (!locked) show(true); }
    });
    // A step is for one press: a wrong one is keyed again.
    document.addEventListener("htmx:finally:request", (event) => {
      const form = event.detail?.ctx?.sourceElement;
      if (form?.matches?.("form")) for (const field of form.querySelectorAll(".pin, [name=step_card]")) field.value = "";
    });
    setInterval(tick, TICK_MS);
    if (box.dataset.locked) show(true);
  });
  window.counterScreen = { scanned };
})();
