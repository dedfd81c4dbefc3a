// The story of a client, told with the client that @hey-api/openapi-ts generates.
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
  usersMeRetrieve,
} from "./generated/hey-api";
import type { Book, ProblemCode } from "./generated/hey-api";
import { client } from "./generated/hey-api/client.gen";
import { assert, cursorOf, FILE, name, PASSWORD, present, PRICES, url } from "./expect";

async function main(): Promise<void> {
  client.setConfig({ baseUrl: url });
  const registered = await authRegisterCreate({ body: { name, password: PASSWORD } });
  assert.equal(registered.response?.status, 201);
  const tokens = await authTokenCreate({ body: { name, password: PASSWORD } });
  const { access } = present(tokens.data);
  client.setConfig({ auth: (scheme) => (scheme.scheme === "bearer" ? access : undefined) });

  const books: Book[] = [];
  for (const price of PRICES) {
    const created = await booksCreate({
      body: { name: `Volume ${price}`, author: "George Eliot", price },
    });
    assert.equal(created.data?.price, price);
    books.push(present(created.data));
  }

  const found: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await booksList({
      query: {
        owner: ["me"],
        ordering: ["-price", "name"],
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      },
    });
    const data = present(page.data);
    found.push(...data.results.map((book) => book.id));
    cursor = data.next === null ? undefined : cursorOf(data.next);
  } while (cursor !== undefined);
  assert.deepEqual(found, books.map((book) => book.id));

  const first = present(books[0]);
  const path = { id: first.id };
  const read = await booksRetrieve({ path });
  const headers = { "If-Match": present(read.response?.headers.get("ETag")) };
  const changed = await booksPartialUpdate({ path, headers, body: { price: "4.35" } });
  assert.equal(changed.data?.version, first.version + 1);
  const stale = await booksPartialUpdate({ path, headers, body: { price: "0.29" } });
  const refusal = present(stale.error);
  assert.ok("current" in refusal);
  assert.equal(refusal.code, "stale");
  assert.equal(refusal.current?.price, "4.35");

  const imported = await booksImportCreate({ body: new Blob([FILE]) });
  assert.ok(imported.data !== undefined && typeof imported.data !== "string");
  assert.equal(imported.data.created, 1);
  const exported = await booksExportRetrieve({ query: { owner: ["me"] }, parseAs: "text" });
  assert.match(String(exported.data), /Romola/);

  const twice = await booksCreate({ body: { name: "Romola", author: "George Eliot" } });
  const code: ProblemCode = present(twice.error).code;
  assert.equal(code, "book_exists");
  const invalid = await booksCreate({
    body: { name: "Adam Bede", author: "George Eliot", isbn: "1" },
  });
  const errors = present(invalid.error?.errors);
  assert.deepEqual(
    errors.map((error) => [error.pointer, error.code]),
    [["#/isbn", "isbn"]],
  );

  assert.equal((await booksDestroy({ path })).response?.status, 204);
  assert.equal((await authLogoutCreate()).response?.status, 204);
  assert.equal((await usersMeRetrieve()).error?.code, "token_invalid");
}

void main();
