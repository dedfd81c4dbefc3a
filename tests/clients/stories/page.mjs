// Runs the JavaScript of docs/clients.md, with the address of a server and a name that is not taken.
import assert from "node:assert/strict";

import { Bookstore, Problem, story } from "./clients_page.mjs";

const PASSWORD = "violet-Harbour-27";
const [url, name] = process.argv.slice(2);

// Counts the refreshes, and loses the access token of a request on demand.
let refreshes = 0;
let isLost = false;
const plain = globalThis.fetch;
globalThis.fetch = (address, options) => {
  if (address.pathname.endsWith("/refresh")) {
    refreshes += 1;
    isLost = false;
  }
  if (isLost) {
    options.headers.set("Authorization", "Bearer expired");
  }
  return plain(address, options);
};

await plain(`${url}/api/v1/auth/register`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ name, password: PASSWORD }),
});

const told = [];
const log = console.log;
console.log = (...words) => told.push(words.join(" "));
const first = await Bookstore.logIn(url, name, PASSWORD);
await story(first);
console.log = log;
assert.deepEqual(told, ["1 1 3"]);

// The session has ended, so that its tokens can't be renewed.
await assert.rejects(
  first.request("users/me"),
  (problem) => problem instanceof Problem && problem.status === 401,
);

// Twenty requests get a 401 at the same time, and the tokens are renewed once.
const second = await Bookstore.logIn(url, name, PASSWORD);
refreshes = 0;
isLost = true;
const requests = Array.from({ length: 20 }, () => second.request("users/me"));
const answers = await Promise.all(requests);
assert.ok(answers.every((answer) => answer.status === 200));
assert.equal(refreshes, 1);
