// Sends a form once: a second click, before the answer is there, would send it again. Without
// scripts the server refuses what must not be done twice.
"use strict";

// Milliseconds, after which somebody who stopped the page can send the form again.
const PAUSE = 5000;

for (const form of document.querySelectorAll("form.page-form")) {
  let sentAt = -PAUSE;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sentAt < PAUSE) event.preventDefault();
    else sentAt = event.timeStamp;
  });
  // The browser brought the page back as it was.
  addEventListener("pageshow", () => { sentAt = -PAUSE; });
}
