// The live connection. The server says *what changed*; the page fetches it. When the heartbeat is
// five seconds late the list turns grey and says so; it connects again by itself.
"use strict";
(() => {
  const STALE_MS = 5000;
  const AGAIN_MS = 1500;
  const LIST_MS = 1000;
  const PRESS_MS = 8000;
  let stream = null, heard = performance.now();

  const root = () => document.getElementById("live");
  const panel = () => document.getElementById("panel");

  function connect() {
    if (stream) stream.close();
    stream = new EventSource(root().dataset.stream);
    stream.addEventListener("beat", (event) => beat(event.data));
    stream.addEventListener("changed", (event) => { beat(event.data); fetchList(); });
    stream.addEventListener("over", () => { stream.close(); });
    stream.onerror = () => { if (stream.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS); };
  }

  function beat(iso) {
    const was = document.body.classList.contains("stale");
    heard = performance.now();
    document.body.classList.remove("stale");
    if (iso) window.counterClock.set(iso);
    if (was) fetchList();
  }

  // The list at most once a second, the last change never lost; the person waited for at once.
  let listAt = -LIST_MS, listTimer = 0;
  function fetchList() {
    followPerson();
    clearTimeout(listTimer);
    listTimer = setTimeout(() => {
      listAt = performance.now();
      document.body.dispatchEvent(new CustomEvent("listchanged"));
    }, Math.max(0, listAt + LIST_MS - performance.now()));
  }

  // A person who waits for an answer or is observed is kept up to date, unless someone is typing.
  function followPerson() {
    const open = panel();
    if (!open || !open.dataset.follow || dirty(open)) return;
    if (document.getElementById("follow")) { document.getElementById("follow").requestSubmit(); return; }
    htmx.ajax("GET", `/skranke/person/${open.dataset.person}`, { source: "#follower", target: "#place", swap: "innerHTML" });
  }

  function dirty(open) {
    if (open.querySelector("details.drawer[open]")) return true;
    return [...open.querySelectorAll("input:not([type=hidden])")].some((i) =>
      (i.type === "radio" || i.type === "checkbox") ? i.checked !== i.defaultChecked : i.value !== i.defaultValue);
  }

  function watch() {
    if (performance.now() - heard > STALE_MS) {
      document.body.classList.add("stale");
      if (stream && performance.now() - heard > 3 * STALE_MS) { heard = performance.now() - STALE_MS - 1; connect(); }
    }
  }

  function title() {
    const list = document.getElementById("list");
    if (!list || list.dataset.alarms === undefined) return;
    const alarms = Number(list.dataset.alarms);
    document.title = (alarms ? `(${alarms}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  }

  function say(text) {
    const notice = document.getElementById("notice");
    notice.replaceChildren();
    if (!text) return;
    const box = document.createElement("div"), line = document.createElement("p");
    box.className = "notice notice-error";
    line.textContent = text;
    box.append(line);
    notice.append(box);
  }

  // Whoever was asked for last is shown: an earlier answer that comes late is not put in front of
  // the nurse. What an earlier press did stands in the list.
  let turn = 0, answered = 0, asked = 0;
  const ofPage = (ctx) => ctx.sourceElement?.id === "follower" || ctx.sourceElement?.id === "follow";
  const pressing = () => answered < turn && performance.now() - asked < PRESS_MS;
  document.addEventListener("htmx:before:request", (event) => {
    const ctx = event.detail?.ctx;
    if (ctx?.target?.id !== "place") return;
    // What the page fetches by itself never goes before what a person asked for.
    if (ofPage(ctx) && pressing()) { event.preventDefault(); return; }
    if (!ofPage(ctx)) { turn += 1; asked = performance.now(); }
    ctx.turn = turn;
  });
  document.addEventListener("htmx:finally:request", (event) => {
    const ctx = event.detail?.ctx;
    if (ctx?.turn && !ofPage(ctx)) answered = Math.max(answered, ctx.turn);
  });
  document.addEventListener("htmx:before:response", (event) => {
    const ctx = event.detail?.ctx;
    if (ctx?.turn && ctx.turn < turn) event.preventDefault();
    // Nor does what was fetched before somebody began to type take away what they have typed.
    if (ctx?.turn && ofPage(ctx) && panel() && dirty(panel())) event.preventDefault();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail?.ctx?.target;
    const id = target && target.id;
    if (id === "place") { say(""); window.counterKeys.fresh(); if (event.detail.ctx.request?.method === "POST") fetchList(); }
    if (id === "queue") { window.counterClock.show(); title(); window.counterKeys.markCurrent(); stalePerson(); }
  });

  // Another counter acted on the person shown here: say so; the server would refuse anyway.
  function stalePerson() {
    const open = panel();
    const row = open && open.dataset.person && document.querySelector(`.queue-row[data-person="${open.dataset.person}"]`);
    if (!row) return;
    // A list older than the person shown knows nothing new.
    if (Date.parse(document.getElementById("list").dataset.asOf) <= Date.parse(open.dataset.asOf)) return;
    const shown = open.dataset.stage, truth = row.dataset.state;
    const agrees = { check: ["expected", "stopped", "asked", "asked!", "missed"], reserved: ["reserved"], uncertain: ["uncertain"], given: ["given", "observing"] }[shown];
    if (agrees && !agrees.includes(truth)) {
      if (dirty(open)) say(root().dataset.unread);
      else htmx.ajax("GET", `/skranke/person/${open.dataset.person}`, { source: "#follower", target: "#place", swap: "innerHTML" });
    }
  }

  document.addEventListener("htmx:error", (event) => {
    const source = event.detail?.ctx?.sourceElement;
    if (source && (source.id === "queue" || source.id === "find")) return;
    say(root().dataset.offline);
  });
  document.body.addEventListener("personchanged", followPerson);

  document.addEventListener("DOMContentLoaded", () => {
    if (!root()) return;
    connect();
    setInterval(watch, 500);
  });
  window.addEventListener("pagehide", () => { if (stream) stream.close(); });
})();
