/* A button that copies, after each element with `data-copy`. Its value is the text of the button, as
   in data-copy="Copy the token"; `data-copied` is what is said afterwards. The page works without:
   the text can be selected and copied as any other. An element with `data-print` gets a button, with
   that text, that prints the page. */
"use strict";

function textOf(element) {
  return (element.value ?? element.innerText).trim();
}

/* Selects the text, so that a person whose browser refuses the clipboard can press the keys. */
function select(element) {
  if (element.select) {
    element.select();
  } else {
    getSelection().selectAllChildren(element);
  }
}

async function copy(element) {
  try {
    /* A page over plain HTTP has no such clipboard, and somebody may have refused it. */
    await navigator.clipboard.writeText(textOf(element));
    return true;
  } catch {
    select(element);
    return document.execCommand("copy");
  }
}

function addButton(element, text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = text;
  element.after(button);
  return button;
}

for (const element of document.querySelectorAll("[data-copy]")) {
  const button = addButton(element, element.dataset.copy || "Copy");
  const said = document.createElement("span");
  said.className = "copied";
  said.setAttribute("role", "status");
  button.after(said);
  button.addEventListener("click", async () => {
    said.textContent = "";
    if (await copy(element)) {
      said.textContent = element.dataset.copied || "Copied";
    }
  });
}

for (const element of document.querySelectorAll("[data-print]")) {
  addButton(element, element.dataset.print).addEventListener("click", () => print());
}
