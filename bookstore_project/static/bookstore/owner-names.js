"use strict";
// Offers the names that contain what is typed into the filter by owner. Without this script, the
// whole name is typed.
{
  const field = document.getElementById("owner-filter");
  const names = document.getElementById("owner-names");
  let asked = "";

  async function offer() {
    const term = field.value.trim();
    if (term === asked || [...names.options].some((option) => option.value === field.value)) {
      return;
    }
    asked = term;
    const query = new URLSearchParams({
      app_label: "books", model_name: "book", field_name: "owner", term,
    });
    const answer = await fetch(`${field.dataset.namesUrl}?${query}`);
    if (!answer.ok || asked !== term) {
      return;
    }
    const { results } = await answer.json();
    names.replaceChildren(...results.map(({ text }) => new Option(text, text)));
  }

  if (field.dataset.namesUrl) {
    field.addEventListener("input", offer);
    field.addEventListener("focus", offer);
  }
}
