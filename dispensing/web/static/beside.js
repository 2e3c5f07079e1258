// A value that cannot be used says so beside its field, which has the focus: the sentence above the
// page names no field to whoever cannot see which one is meant. It goes with the next thing typed.
"use strict";
(() => {
  let sent = null;

  function clear(field) {
    field.removeAttribute("aria-invalid");
    const said = document.getElementById(field.dataset.beside || "");
    if (said) said.remove();
    const others = (field.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && id !== field.dataset.beside);
    if (others.length) field.setAttribute("aria-describedby", others.join(" "));
    else field.removeAttribute("aria-describedby");
    delete field.dataset.beside;
  }

  const inputs = (form, name) => [...form.elements].filter((one) => one.name === name && !["hidden", "submit"].includes(one.type));

  // Several rows of a page may have the same form: what was sent says which row it was.
  function formOfPage(name, of) {
    const alike = [...document.querySelectorAll("form")].filter((form) =>
      new URL(form.action).pathname === location.pathname && inputs(form, name).length);
    return alike.find((form) => of && [...form.elements].some((one) => one.type === "hidden" && one.value === of)) || alike[0];
  }

  function show(notice, form) {
    const field = form && inputs(form, notice.dataset.field)[0];
    if (!field) return;
    if (field.dataset.beside) clear(field);
    const said = document.createElement("span");
    said.className = "field-error";
    said.id = `beside-${field.name}-${[...document.forms].indexOf(form)}`;
    said.textContent = notice.querySelector("p").firstChild.textContent.trim();
    (field.closest("label") || field).after(said);
    field.dataset.beside = said.id;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), said.id].filter(Boolean).join(" "));
    for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    if (field.classList.contains("pin")) field.value = "";
    field.focus();
    if (field.select) field.select();
  }

  document.addEventListener("htmx:before:request", (event) => {
    const form = event.detail?.ctx?.sourceElement?.closest?.("form");
    if (form && form.method === "post") sent = form;
  });
  document.addEventListener("htmx:after:swap", () => {
    const notice = document.querySelector("#notice .notice[data-field]");
    if (!notice || notice.dataset.shown || !sent?.isConnected) return;
    notice.dataset.shown = "1";
    show(notice, sent);
  });
  document.addEventListener("input", (event) => { if (event.target.dataset?.beside) clear(event.target); });
  document.addEventListener("DOMContentLoaded", () => {
    const notice = document.querySelector("#notice .notice[data-field]");
    if (notice) show(notice, formOfPage(notice.dataset.field, notice.dataset.of));
    // Where the server has said it beside the field already.
    else document.querySelector("main [aria-invalid=true]")?.focus();
  });
})();
