// Asks the browser for a passkey (WebAuthn), and sends its answer with the form that asked for it.
//
// A form with data-passkey ("get" or "create") is hidden until this script finds that the browser has
// passkeys at this address. The options are in data-options, or come from data-options-url.
"use strict";
(() => {
  const forms = [...document.querySelectorAll("form[data-passkey]")];
  const browser = window.PublicKeyCredential;
  const can =
    Boolean(browser && browser.parseRequestOptionsFromJSON && browser.parseCreationOptionsFromJSON) &&
    forms.every((form) => form.dataset.origin === window.location.origin);
  if (!can) {
    for (const text of document.querySelectorAll("[data-without-passkeys]")) text.hidden = false;
    return;
  }

  // Minutes until the options of a field that waits for a passkey are asked for again: they are
  // valid for five.
  const RENEWED = 4;
  let waiting = null;

  async function optionsOf(form) {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const response = await fetch(form.dataset.optionsUrl, { method: "POST", headers, body: "{}" });
    if (!response.ok) throw new Error(response.statusText);
    return (await response.json()).public_key;
  }

  async function answer(form, more = {}) {
    const options = await optionsOf(form);
    if (form.dataset.passkey === "create") {
      const publicKey = browser.parseCreationOptionsFromJSON(options);
      return navigator.credentials.create({ publicKey });
    }
    return navigator.credentials.get({ publicKey: browser.parseRequestOptionsFromJSON(options), ...more });
  }

  function send(form, credential) {
    form.querySelector("[data-answer]").value = JSON.stringify(credential.toJSON());
    form.submit();
  }

  async function ask(form) {
    const button = form.querySelector("button");
    const error = form.querySelector("[data-error]");
    error.hidden = true;
    button.disabled = true;
    if (waiting) waiting.abort();
    waiting = null;
    try {
      send(form, await answer(form));
    } catch (problem) {
      const { cancelled, failed, exists } = form.dataset;
      const texts = { NotAllowedError: cancelled, InvalidStateError: exists };
      error.textContent = texts[problem.name] || failed;
      error.hidden = false;
      button.disabled = false;
      button.focus();
    }
  }

  // The field for the name offers passkeys as well, where the browser can do that.
  async function offer(form) {
    const field = document.querySelector('input[autocomplete="username"]');
    const isThere = browser.isConditionalMediationAvailable && (await browser.isConditionalMediationAvailable());
    if (!field || !isThere) return;
    field.autocomplete = "username webauthn";
    const wait = async () => {
      const mine = new AbortController();
      waiting = mine;
      try {
        send(form, await answer(form, { mediation: "conditional", signal: mine.signal }));
      } catch {
        // Ended by the button, by the next one, or by the browser: the form is still there.
      }
    };
    wait();
    window.setInterval(() => {
      if (!waiting) return;
      waiting.abort();
      wait();
    }, RENEWED * 60 * 1000);
  }

  for (const form of forms) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
    if (form.dataset.optionsUrl) offer(form);
    else if (form.querySelector("[autofocus]")) form.querySelector("[autofocus]").focus();
  }
})();
