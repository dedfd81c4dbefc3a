// The story of a client, told with the client that orval generates.
import {
  authLogoutCreate,
  authRegisterCreate,
  authTokenCreate,
  booksCreate,
  booksDestroy,
  booksExportRetrieve,
  booksImportCreate,
  booksList,
  booksPartialUpdate,
  booksRetrieve,
  BookOrdering,
  ProblemCode,
  usersMeRetrieve,
} from "./generated/orval/bookstore";
import type { Book } from "./generated/orval/bookstore";
import { assert, cursorOf, FILE, name, PASSWORD, present, PRICES, url } from "./expect";

let access = "";

// The generated functions call fetch with a path: the address and the token are added here.
const plain = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  if (access !== "") {
    headers.set("Authorization", `Bearer ${access}`);
  }
  return plain(new URL(String(input), url), { ...init, headers });
};

async function main(): Promise<void> {
  const registered = await authRegisterCreate({ name, password: PASSWORD });
  assert.ok(registered.status === 201);
  assert.equal(registered.data.name, name);
  const tokens = await authTokenCreate({ name, password: PASSWORD });
  assert.ok(tokens.status === 200);
  access = tokens.data.access;

  const books: Book[] = [];
  for (const price of PRICES) {
    const created = await booksCreate({ name: `Volume ${price}`, author: "George Eliot", price });
    assert.ok(created.status === 201);
    assert.equal(created.data.price, price);
    books.push(created.data);
  }

  const found: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await booksList({
      owner: ["me"],
      ordering: [BookOrdering.PRICE_DESCENDING, BookOrdering.NAME],
      limit: 2,
      ...(cursor === undefined ? {} : { cursor }),
    });
    assert.ok(page.status === 200);
    found.push(...page.data.results.map((book) => book.id));
    cursor = page.data.next === null ? undefined : cursorOf(page.data.next);
  } while (cursor !== undefined);
  assert.deepEqual(found, books.map((book) => book.id));

  const first = present(books[0]);
  const read = await booksRetrieve(first.id);
  const headers = { "If-Match": present(read.headers.get("ETag")) };
  const changed = await booksPartialUpdate(first.id, { price: "4.35" }, { headers });
  assert.ok(changed.status === 200);
  assert.equal(changed.data.version, first.version + 1);
  const stale = await booksPartialUpdate(first.id, { price: "0.29" }, { headers });
  assert.ok(stale.status === 412);
  assert.equal(stale.data.code, ProblemCode.stale);
  assert.equal(stale.data.current?.price, "4.35");

  const imported = await booksImportCreate(
    new Blob([FILE]),
    {},
    { headers: { "Content-Type": "text/csv" } },
  );
  assert.ok(imported.status === 200 && "stream" in imported);
  const report: unknown = JSON.parse(await imported.stream.text());
  assert.ok(typeof report === "object" && report !== null && "created" in report);
  assert.equal(report.created, 1);
  const exported = await booksExportRetrieve({ owner: ["me"] });
  assert.ok(exported.status === 200 && "stream" in exported);
  assert.match(await exported.stream.text(), /Romola/);

  const twice = await booksCreate({ name: "Romola", author: "George Eliot" });
  assert.ok(twice.status === 409);
  assert.equal(twice.data.code, ProblemCode.book_exists);
  const invalid = await booksCreate({ name: "Adam Bede", author: "George Eliot", isbn: "1" });
  assert.ok(invalid.status === 400);
  assert.deepEqual(
    present(invalid.data.errors).map((error) => [error.pointer, error.code]),
    [["#/isbn", "isbn"]],
  );

  assert.equal((await booksDestroy(first.id)).status, 204);
  assert.equal((await authLogoutCreate()).status, 204);
  const after = await usersMeRetrieve();
  assert.ok(after.status === 401);
  assert.equal(after.data.code, ProblemCode.token_invalid);
}

void main();
