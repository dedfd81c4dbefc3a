// The story of a client, told with the types of openapi-typescript and openapi-fetch.
import createClient from "openapi-fetch";

import type { components, paths } from "./generated/openapi-typescript/schema";
import { assert, cursorOf, FILE, name, PASSWORD, present, PRICES, url } from "./expect";

type Book = components["schemas"]["Book"];

async function main(): Promise<void> {
  const client = createClient<paths>({ baseUrl: url });
  const registered = await client.POST("/api/v1/auth/register", {
    body: { name, password: PASSWORD },
  });
  assert.equal(registered.response.status, 201);
  const tokens = await client.POST("/api/v1/auth/token", { body: { name, password: PASSWORD } });
  const access = present(tokens.data).access;
  client.use({
    onRequest: ({ request }) => request.headers.set("Authorization", `Bearer ${access}`),
  });

  const books: Book[] = [];
  for (const price of PRICES) {
    const created = await client.POST("/api/v1/books", {
      body: { name: `Volume ${price}`, author: "George Eliot", price },
    });
    assert.equal(created.data?.price, price);
    books.push(present(created.data));
  }

  const found: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.GET("/api/v1/books", {
      params: {
        query: {
          owner: ["me"],
          ordering: ["-price", "name"],
          limit: 2,
          ...(cursor === undefined ? {} : { cursor }),
        },
      },
      // Other parameters are repeated: openapi-fetch serializes all arrays of a request in one way.
      querySerializer: { array: { style: "form", explode: false } },
    });
    const data = present(page.data);
    found.push(...data.results.map((book) => book.id));
    cursor = data.next === null ? undefined : cursorOf(data.next);
  } while (cursor !== undefined);
  assert.deepEqual(found, books.map((book) => book.id));

  const first = present(books[0]);
  const path = { id: first.id };
  const read = await client.GET("/api/v1/books/{id}", { params: { path } });
  const header = { "If-Match": present(read.response.headers.get("ETag")) };
  const changed = await client.PATCH("/api/v1/books/{id}", {
    params: { path, header },
    body: { price: "4.35" },
  });
  assert.equal(changed.data?.version, first.version + 1);
  const stale = await client.PATCH("/api/v1/books/{id}", {
    params: { path, header },
    body: { price: "0.29" },
  });
  const refusal = present(stale.error);
  assert.ok("current" in refusal);
  assert.equal(refusal.code, "stale");
  assert.equal(refusal.current?.price, "4.35");

  const imported = await client.POST("/api/v1/books/import", {
    body: FILE,
    bodySerializer: (body) => body,
    headers: { "Content-Type": "text/csv" },
  });
  assert.ok(imported.data !== undefined && typeof imported.data !== "string");
  assert.equal(imported.data.created, 1);
  const exported = await client.GET("/api/v1/books/export", {
    params: { query: { owner: ["me"] } },
    parseAs: "text",
  });
  assert.match(present(exported.data), /Romola/);

  const twice = await client.POST("/api/v1/books", {
    body: { name: "Romola", author: "George Eliot" },
  });
  const code: components["schemas"]["ProblemCode"] = present(twice.error).code;
  assert.equal(code, "book_exists");
  const invalid = await client.POST("/api/v1/books", {
    body: { name: "Adam Bede", author: "George Eliot", isbn: "1" },
  });
  const errors = present(invalid.error?.errors);
  assert.deepEqual(
    errors.map((error) => [error.pointer, error.code]),
    [["#/isbn", "isbn"]],
  );

  const deleted = await client.DELETE("/api/v1/books/{id}", { params: { path } });
  assert.equal(deleted.response.status, 204);
  const ended = await client.POST("/api/v1/auth/logout");
  assert.equal(ended.response.status, 204);
  const after = await client.GET("/api/v1/users/me");
  assert.equal(after.error?.code, "token_invalid");
}

void main();
