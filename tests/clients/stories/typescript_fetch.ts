// The story of a client, told with OpenAPI Generator's client in TypeScript (typescript-fetch).
import {
  AuthApi,
  BookOrdering,
  BooksApi,
  Configuration,
  ProblemCode,
  ProblemFromJSON,
  ResponseError,
  SessionsApi,
  StaleProblemFromJSON,
  UsersApi,
} from "./generated/typescript-fetch";
import type { Book } from "./generated/typescript-fetch";
import { assert, cursorOf, FILE, name, PASSWORD, present, PRICES, url } from "./expect";

/** Return the body of the refusal of a request. */
async function refusal(request: Promise<unknown>): Promise<unknown> {
  try {
    await request;
  } catch (error) {
    assert.ok(error instanceof ResponseError);
    return error.response.json();
  }
  throw new Error("the request succeeded");
}

async function main(): Promise<void> {
  const auth = new AuthApi(new Configuration({ basePath: url }));
  const registered = await auth.authRegisterCreate({
    registerRequest: { name, password: PASSWORD },
  });
  assert.ok("name" in registered && registered.name === name);
  const tokens = await auth.authTokenCreate({ credentialsRequest: { name, password: PASSWORD } });
  const configuration = new Configuration({ basePath: url, accessToken: tokens.access });
  const api = new BooksApi(configuration);

  const books: Book[] = [];
  for (const price of PRICES) {
    const book = await api.booksCreate({
      bookRequest: { name: `Volume ${price}`, author: "George Eliot", price },
    });
    assert.equal(book.price, price);
    books.push(book);
  }

  const found: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.booksList({
      owner: ["me"],
      ordering: [BookOrdering.PRICE_DESCENDING, BookOrdering.NAME],
      limit: 2,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.results.map((book) => book.id));
    cursor = page.next === null ? undefined : cursorOf(page.next);
  } while (cursor !== undefined);
  assert.deepEqual(found, books.map((book) => book.id));

  const first = present(books[0]);
  const read = await api.booksRetrieveRaw({ id: first.id });
  const ifMatch = present(read.raw.headers.get("ETag"));
  const changed = await api.booksPartialUpdate({
    id: first.id,
    ifMatch,
    patchedBookRequest: { price: "4.35" },
  });
  assert.equal(changed.version, first.version + 1);
  const stale = StaleProblemFromJSON(
    await refusal(
      api.booksPartialUpdate({ id: first.id, ifMatch, patchedBookRequest: { price: "0.29" } }),
    ),
  );
  assert.equal(stale.code, ProblemCode.Stale);
  assert.equal(stale.current?.price, "4.35");

  const report = await api.booksImportCreate({ body: new Blob([FILE]) });
  assert.equal(report.created, 1);
  assert.match(await api.booksExportRetrieve({ owner: ["me"] }), /Romola/);

  const twice = ProblemFromJSON(
    await refusal(api.booksCreate({ bookRequest: { name: "Romola", author: "George Eliot" } })),
  );
  assert.equal(twice.code, ProblemCode.BookExists);
  const invalid = ProblemFromJSON(
    await refusal(
      api.booksCreate({ bookRequest: { name: "Adam Bede", author: "George Eliot", isbn: "1" } }),
    ),
  );
  assert.deepEqual(
    present(invalid.errors).map((error) => [error.pointer, error.code]),
    [["#/isbn", "isbn"]],
  );

  await api.booksDestroy({ id: first.id });
  await new SessionsApi(configuration).authLogoutCreate();
  const after = ProblemFromJSON(await refusal(new UsersApi(configuration).usersMeRetrieve()));
  assert.equal(after.code, ProblemCode.TokenInvalid);
}

void main();
