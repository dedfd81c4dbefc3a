// Sends what a form of HTML can't: PUT, PATCH, DELETE, OPTIONS and raw data. The page of the answer
// takes the place of the page that was left. Listeners are on the document, which stays.
"use strict";

document.documentElement.classList.add("scripted");

function prepare() {
  if (window.prettyPrint) window.prettyPrint();
}

function show(page) {
  document.title = page.title;
  document.documentElement.lang = page.documentElement.lang;
  document.body.replaceWith(document.adoptNode(page.body));
  prepare();
  window.scrollTo(0, 0);
  (document.querySelector("main [autofocus]") || document.getElementById("content"))?.focus();
}

function complain(form, text) {
  form.querySelector(".unreachable")?.remove();
  const complaint = document.createElement("p");
  complaint.className = "error unreachable";
  complaint.setAttribute("role", "alert");
  complaint.textContent = text;
  form.append(complaint);
}

async function send(form, method) {
  const { csrfHeader, csrfToken, unreachable } = form.closest("[data-csrf-token]").dataset;
  const address = form.getAttribute("action");
  const headers = { Accept: "text/html; q=1.0, */*", [csrfHeader]: csrfToken };
  const raw = form.querySelector("[data-override=content]");
  let body;
  if (raw) {
    headers["Content-Type"] = form.querySelector("[data-override=content-type]").value;
    body = raw.value;
  } else if (form.querySelector("[name]")) {
    body = new FormData(form);
  }
  try {
    const answer = await fetch(address, { method, headers, body });
    if (!answer.headers.get("Content-Type")?.startsWith("text/html")) {
      window.location = address;
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    history.replaceState(null, "", address);
    show(page);
  } catch {
    complain(form, unreachable);
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const method = event.submitter?.dataset.method || form.dataset.method;
  if (!method) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  await send(form, method);
  form.ariaBusy = "false";
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.opens) document.getElementById(button.dataset.opens).showModal();
  if (button && "closes" in button.dataset) button.closest("dialog").close();
});

// A link to the form or to a wrong field opens what it is folded into, and gives it the focus: that
// of a form has its first field. Returns whether there is such a part of the page.
function reveal(id) {
  const part = id && document.getElementById(id);
  if (!part) return false;
  for (let fold = part.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    fold.open = true;
  }
  const field = part.hasAttribute("tabindex") ? null : part.querySelector("input:not([type=hidden]), select, textarea");
  (field || part).focus();
  return true;
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("a[href^='#']");
  if (target && reveal(target.getAttribute("href").slice(1))) event.preventDefault();
});

prepare();
// The browser itself goes to the part that an address names first.
window.addEventListener("load", () => reveal(window.location.hash.slice(1)));
