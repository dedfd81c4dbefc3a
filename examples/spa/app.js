// The page: forms, the list, and the editor. session.js sends the requests.

import { events, signIn, signOut, Problem, refresh, register, request } from "./session.js";

const $ = (id) => document.getElementById(id);
const FIELDS = ["name", "author", "publisher", "price"];
const LABELS = { name: "Title", author: "Author", publisher: "Publisher", price: "Price" };

let me = null; // The account, as /api/v1/users/me shows it.
let next = null; // The path of the next page of the list.
let edited = null; // The book in the editor: {id, etag, row}; null for a new one.
let stored = null; // The stored book of a 412, and its ETag.
let key = ""; // The Idempotency-Key of a new book.

// --- Signed in, signed out ----------------------------------------------------------------------

async function start() {
  try {
    // After a reload, the cookie has the session.
    if (!(await refresh(null))) showCredentials();
  } catch (problem) {
    showCredentials();
    tell(problem);
  }
}

function showCredentials() {
  const wasSignedIn = me !== null;
  me = null;
  $("account").hidden = $("books").hidden = true;
  $("editor").close();
  $("list").replaceChildren();
  $("credentials").hidden = false;
  if (!wasSignedIn) return;
  say("You are signed out.");
  $("credentials").querySelector("h2").focus();
}

async function showBooks() {
  me = await (await request("/api/v1/users/me")).json();
  $("who").textContent = me.name;
  $("credentials").hidden = true;
  $("credentials").reset();
  $("account").hidden = $("books").hidden = false;
  await search();
  $("books-heading").focus();
}

events.addEventListener("signed-in", () => guarded(showBooks));
events.addEventListener("signed-out", showCredentials);

$("credentials").addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, password } = event.target.elements;
  guarded(async () => {
    if (event.submitter.value === "register") await register(name.value, password.value);
    await signIn(name.value, password.value);
  }, event.target);
});

$("sign-out").addEventListener("click", () => guarded(signOut));

// --- The list -----------------------------------------------------------------------------------

async function search() {
  const query = new URLSearchParams({ limit: "20" });
  if ($("q").value) query.set("q", $("q").value);
  if ($("mine").checked) query.set("owner", "me");
  $("list").replaceChildren();
  await more(`/api/v1/books?${query}`);
  const shown = $("list").children.length;
  say(shown ? `${shown} ${shown === 1 ? "book is" : "books are"} shown.` : "There are no such books.");
}

async function more(path) {
  const page = await (await request(path)).json();
  $("list").append(...page.results.map((book) => show(book, newRow())));
  next = page.next && new URL(page.next);
  $("more").hidden = next === null;
}

function newRow() {
  return $("row").content.firstElementChild.cloneNode(true);
}

function show(book, row) {
  const details = [book.author, book.publisher, book.price === null ? null : price(book)];
  // textContent, never innerHTML: a title is a text of some other user.
  row.querySelector("h3").textContent = book.name;
  row.querySelector(".details").textContent = details.filter(Boolean).join(" · ");
  const button = row.querySelector("button");
  button.setAttribute("aria-label", `Edit ${book.name}`);
  button.hidden = !(book.owner === me.public_id || me.admin || me.editor);
  button.onclick = () => guarded(() => edit(book.id, row));
  return row;
}

function price({ price, currency }) {
  return currency ? `${price} ${currency}` : price;
}

$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(search);
});
$("mine").addEventListener("change", () => guarded(search));
$("add").addEventListener("click", () => open("Add a book", {}, null));
$("more").addEventListener("click", () =>
  guarded(async () => {
    const first = $("list").children.length;
    await more(next.pathname + next.search);
    say(`${$("list").children.length} books are shown.`);
    // The first new book with a button, or else the heading: the button More may be hidden now.
    const added = [...$("list").children].slice(first).map((row) => row.querySelector("button"));
    (added.find((button) => !button.hidden) ?? $("books-heading")).focus();
  }),
);

// --- The editor ---------------------------------------------------------------------------------

async function edit(id, row) {
  const response = await request(`/api/v1/books/${id}`);
  const book = await response.json();
  // The ETag names the version that the form shows.
  open(`Edit ${book.name}`, book, { id, row, etag: response.headers.get("ETag") });
}

function open(heading, book, which) {
  edited = which;
  key = crypto.randomUUID();
  $("editor-heading").textContent = heading;
  fill(book);
  showConflict(null);
  tellFields($("book"), []);
  $("book-problem").textContent = "";
  $("editor").showModal();
  $("book-name").focus();
}

function fill(book) {
  for (const field of FIELDS) $("book").elements[field].value = book[field] ?? "";
}

function filled() {
  return Object.fromEntries(FIELDS.map((field) => [field, $("book").elements[field].value.trim() || null]));
}

async function save() {
  try {
    if (edited === null) await create();
    else await change();
    $("editor").close();
  } catch (problem) {
    if (problem.status !== 412) throw problem;
    if (problem.current === null) {
      edited.row.remove();
      $("editor").close();
      throw problem;
    }
    showConflict({ book: problem.current, etag: problem.etag });
  }
}

async function create() {
  // Sent again with the same key, after a lost answer, the request makes no second book.
  const headers = { "Idempotency-Key": key };
  const response = await request("/api/v1/books", { method: "POST", body: filled(), headers });
  const book = await response.json();
  $("list").prepend(show(book, newRow()));
  say(`${book.name} is added.`);
}

async function change() {
  const response = await request(`/api/v1/books/${edited.id}`, {
    method: "PATCH",
    body: filled(),
    headers: { "If-Match": edited.etag },
  });
  const book = await response.json();
  show(book, edited.row);
  say(`${book.name} is saved.`);
}

function showConflict(found) {
  stored = found;
  $("conflict").hidden = found === null;
  $("differences").replaceChildren();
  if (found === null) return;
  const mine = filled();
  for (const field of FIELDS.filter((each) => found.book[each] !== mine[each])) {
    const name = document.createElement("dt");
    name.textContent = LABELS[field];
    const values = document.createElement("dd");
    values.textContent = `stored: ${found.book[field] ?? "nothing"}; yours: ${mine[field] ?? "nothing"}`;
    $("differences").append(name, values);
  }
  $("keep-mine").focus();
}

$("keep-mine").addEventListener("click", () => {
  // The next request names the version that the person has now seen.
  edited.etag = stored.etag;
  showConflict(null);
  $("book-name").focus();
  guarded(save, $("book"), $("book-problem"));
});
$("take-theirs").addEventListener("click", () => {
  edited.etag = stored.etag;
  show(stored.book, edited.row);
  fill(stored.book);
  showConflict(null);
  $("book-name").focus();
});
// Another text is another book.
$("book").addEventListener("input", () => (key = crypto.randomUUID()));
$("cancel").addEventListener("click", () => $("editor").close());
$("book").addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(save, event.target, $("book-problem"));
});

// --- Messages -----------------------------------------------------------------------------------

function say(text) {
  $("status").textContent = text;
}

/** Do some work; show its Problem at the place for that, and at the fields of the form. */
async function guarded(work, form = null, place = $("problem")) {
  say("");
  place.textContent = "";
  if (form) tellFields(form, []);
  try {
    await work();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    // Who was signed out meanwhile has been told so.
    if (problem.status === 401 && me === null && form !== $("credentials")) return;
    tell(problem, place);
    if (form) tellFields(form, problem.errors);
  }
}

function tell(problem, place = $("problem")) {
  place.textContent = problem.message;
}

function tellFields(form, errors) {
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    $(`${input.id}-error`)?.remove();
  }
  for (const { pointer, detail } of errors) {
    const input = form.elements[pointer?.slice(2)];
    if (!input || input.hasAttribute("aria-invalid")) continue;
    const text = document.createElement("span");
    Object.assign(text, { id: `${input.id}-error`, className: "error", textContent: detail });
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", text.id);
    input.after(text);
  }
  form.querySelector("[aria-invalid]")?.focus();
}

start();
