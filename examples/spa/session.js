// Tokens and requests. The access token is in a variable of this module and nowhere else; the
// refresh token is in a cookie that no script can read. docs/browser-apps.md has the reasons.

const API = document.querySelector("meta[name=bookstore]").content;
const REFRESH = "/api/v1/auth/token/refresh";
const LOGOUT = "/api/v1/auth/logout";
// Requests about the cookie. All others are sent without cookies.
const COOKIE = { credentials: "include", headers: { "X-Refresh-Cookie": "1" } };
// The one lock of all tabs.
const LOCK = "bookstore-session";

let access = null;

// The other tabs of this page. They share the cookie, so they share what follows from it.
const tabs = new BroadcastChannel("bookstore");
// Sends "signed-in" when there is a session of another user than before, and "signed-out" when there
// is none any more.
export const events = new EventTarget();

tabs.onmessage = ({ data }) => adopt(data.access);

/** An error response (RFC 9457): `status`, `code`, `errors`, and `etag` and `current` of a 412. */
export class Problem extends Error {
  constructor(response, body) {
    super(body.detail ?? "The service can't be reached. Try again later.");
    const { code = "unreachable", errors = [], current = null } = body;
    Object.assign(this, { status: response.status, code, errors, current });
    this.etag = response.headers.get("ETag");
  }
}

/**
 * Send a request with the access token and return the response. Throws Problem.
 *
 * A 401 renews the tokens and sends the request again: nothing was done by the first one.
 */
export async function request(path, { method = "GET", body, headers = {} } = {}) {
  const used = access;
  const send = () => call(path, { method, body, headers: { ...headers, Authorization: `Bearer ${access}` } });
  try {
    return await send();
  } catch (problem) {
    if (problem.status !== 401 || used === null || !(await refresh(used))) throw problem;
    // Somebody else may have signed in in another tab meanwhile: not with their account.
    if (userOf(used) !== userOf(access)) throw problem;
    return await send();
  }
}

/**
 * Renew the tokens, unless that was done since `used` was the access token. Returns whether there is
 * a session. Throws Problem if that is unknown (429, 503).
 *
 * Of any number of requests that find their token expired, in all tabs, the first one gets the lock
 * and renews it, and the others find the new one. Two refreshes at a time would do no harm by
 * themselves, but the slower answer could overwrite the cookie with an older token.
 */
export function refresh(used) {
  return navigator.locks.request(LOCK, async () => {
    if (access !== used) return access !== null;
    try {
      const response = await call(REFRESH, { method: "POST", ...COOKIE });
      share((await response.json()).access);
    } catch (problem) {
      if (problem.status !== 401) throw problem;
      share(null);
    }
    return access !== null;
  });
}

export async function register(name, password) {
  await call("/api/v1/auth/register", { method: "POST", body: { name, password } });
}

export async function signIn(name, password) {
  const body = { name, password, refresh_in: "cookie" };
  await navigator.locks.request(LOCK, async () => {
    const response = await call("/api/v1/auth/token", { method: "POST", body, credentials: "include" });
    share((await response.json()).access);
  });
}

/** End the session and delete the cookie. Throws Problem if the service can't be reached. */
export async function signOut() {
  await navigator.locks.request(LOCK, async () => {
    try {
      await call(LOGOUT, { method: "POST", ...COOKIE });
    } catch (problem) {
      // 401: the session had ended already.
      if (problem.status !== 401) throw problem;
    }
    share(null);
  });
}

async function call(path, { method, body, headers = {}, credentials = "omit" }) {
  const sent = { ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const options = { method, headers: sent, credentials, body: body && JSON.stringify(body) };
  // Without a network, and for an error of a proxy without CORS headers, fetch() has no response.
  const response = await fetch(API + path, options).catch(() => Response.error());
  if (!response.ok) throw new Problem(response, await response.json().catch(() => ({})));
  return response;
}

function share(token) {
  adopt(token);
  tabs.postMessage({ access: token });
}

function adopt(token) {
  const before = access;
  access = token;
  if (token === null) events.dispatchEvent(new Event("signed-out"));
  else if (before === null || userOf(before) !== userOf(token)) events.dispatchEvent(new Event("signed-in"));
}

function userOf(token) {
  const [, claims] = token.split(".");
  return JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))).public_id;
}
