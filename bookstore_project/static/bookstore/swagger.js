// Shows the OpenAPI document in Swagger UI.
"use strict";

const place = document.getElementById("swagger-ui");
const AUTHORIZATION = "bookstore-authorization";
// The tokens of one user of this browser, or of a visitor, are not the next one's.
const STORED = `${AUTHORIZATION} ${place.dataset.user}`;

// The form of the sign-out is there if somebody is signed in by this browser.
const csrfToken = document.querySelector(".site-header [name=csrfmiddlewaretoken]")?.value;

function forget(isGone) {
  Object.keys(sessionStorage)
    .filter((key) => key.startsWith(AUTHORIZATION) && isGone(key))
    .forEach((key) => sessionStorage.removeItem(key));
}
forget((key) => key !== STORED);
document.querySelector(".site-header form")?.addEventListener("submit", () => forget(() => true));

// Returns the operation of the document that a request is for, or undefined.
function operationOf(request) {
  const paths = ui.specSelectors.specJson().toJS().paths;
  const { pathname } = new URL(request.url, document.baseURI);
  const isFor = (path) => new RegExp(`^${path.replace(/\{[^}]*\}/g, "[^/]+")}$`).test(pathname);
  const path = pathname in paths ? pathname : Object.keys(paths).find(isFor);
  return paths[path]?.[request.method.toLowerCase()];
}

function takes(operation, scheme) {
  return (operation?.security ?? []).some((each) => scheme in each);
}

function isAuthorized(request) {
  const names = Object.keys(request.headers).map((name) => name.toLowerCase());
  return ["authorization", "x-access-tokens", "x-access-token"].some((name) => names.includes(name));
}

// Whether a refusal has WWW-Authenticate: Basic. A browser would then ask for a name and a password
// itself, and show no answer before, unless the request is one without credentials of the browser.
function isAnsweredByChallenge(request, operation) {
  const isBasic = request.headers.Authorization?.startsWith("Basic ");
  return isBasic || operation?.operationId === "tutorial_login_create";
}

function prepare(request) {
  if (request.loadSpec) return request;
  const operation = operationOf(request);
  if (isAnsweredByChallenge(request, operation)) {
    request.credentials = "omit";
  } else if (csrfToken && new URL(request.url, document.baseURI).origin === location.origin) {
    if (request.method !== "GET") request.headers["X-CSRFToken"] = csrfToken;
    if (takes(operation, "bearerAuth") && !isAuthorized(request)) {
      request.curlOptions = ["-H", "Authorization: Bearer <token>"];
    }
  }
  return request;
}

// Keeps the tokens in this tab alone, until it is closed or another user has signed in. Swagger UI itself would keep them in the
// browser for good, and names with passwords too.
function store(authorized) {
  const isToken = ([, { schema }]) => schema.scheme !== "basic";
  const tokens = Object.fromEntries(Object.entries(authorized).filter(isToken));
  sessionStorage.setItem(STORED, JSON.stringify(tokens));
}

const storing = ({ authSelectors }) => ({
  statePlugins: {
    auth: {
      wrapActions: {
        persistAuthorizationIfNeeded: () => () => store(authSelectors.authorized().toJS()),
      },
    },
  },
});

function finish() {
  const authorized = JSON.parse(sessionStorage.getItem(STORED) ?? "{}");
  ui.authActions.restoreAuthorization({ authorized });
  document.getElementById("servers")?.setAttribute("aria-label", "Server");
}

// Swagger UI has a dark scheme, and leaves it to the page to choose. Paper is white.
const dark = matchMedia("screen and (prefers-color-scheme: dark)");
const choose = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", choose);
choose();

const ui = SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [storing],
  layout: "BaseLayout",
  deepLinking: true,
  // Swagger UI would otherwise load a badge from a validator on the internet.
  validatorUrl: null,
  requestInterceptor: prepare,
  onComplete: finish,
});

// Swagger UI takes each fragment of the address for one of its own.
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("operations")?.focus();
});
