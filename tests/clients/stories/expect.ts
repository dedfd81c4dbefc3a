// What every story in TypeScript uses.
import assert from "node:assert/strict";

export const PASSWORD = "violet-Harbour-27";
export const PRICES = ["19.99", "1.15", "0.07"];
export const FILE = "name,author\r\nRomola,George Eliot\r\n";

// The address of the server, and a name that is not taken.
export const [url, name] = process.argv.slice(2) as [string, string];

export { assert };

/** Return a value that is there. */
export function present<T>(value: T | null | undefined): T {
  assert.ok(value !== null && value !== undefined);
  return value;
}

/** Return the cursor of the link to the next page. */
export function cursorOf(next: string): string {
  return present(new URL(next).searchParams.get("cursor"));
}
