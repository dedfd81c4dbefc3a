// ReDoc asks the internet for its logo. Every page here works offline, so no image is asked for
// elsewhere; ReDoc leaves out an image that does not load.
"use strict";
const source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
Object.defineProperty(HTMLImageElement.prototype, "src", {
  ...source,
  set(value) {
    const url = new URL(value, document.baseURI);
    const isElsewhere = url.protocol !== "data:" && url.origin !== location.origin;
    source.set.call(this, isElsewhere ? "data:," : value);
  },
});
