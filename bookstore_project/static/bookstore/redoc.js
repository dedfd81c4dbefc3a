// Shows the OpenAPI document in ReDoc, in the scheme that the visitor prefers when the page is
// opened: ReDoc can't change its colours afterwards.
"use strict";

const place = document.querySelector("redoc");

const light = {
  colors: {
    primary: { main: "#205067", light: "#205067" },
    success: { main: "#14631d" },
    warning: { main: "#7a4f00" },
    error: { main: "#a3192b" },
    text: { secondary: "#49585f" },
    responses: { error: { tabTextColor: "#ff9d96" }, success: { tabTextColor: "#8fd694" } },
  },
  schema: { typeNameColor: "#49585f", typeTitleColor: "#49585f", requireLabelColor: "#b3261e" },
  typography: { code: { color: "#a3192b" } },
};

const dark = {
  colors: {
    primary: { main: "#8cc8e2" },
    success: { main: "#8fd694" },
    warning: { main: "#f0c36d" },
    error: { main: "#ff9d96" },
    text: { primary: "#e4eaed", secondary: "#aab8bf" },
    border: { dark: "rgba(255, 255, 255, .25)", light: "rgba(255, 255, 255, .12)" },
    responses: {
      success: { color: "#8fd694", backgroundColor: "rgba(143, 214, 148, .12)" },
      error: { color: "#ff9d96", backgroundColor: "rgba(255, 157, 150, .12)" },
      redirect: { color: "#f0c36d", backgroundColor: "rgba(240, 195, 109, .12)" },
      info: { color: "#8cc8e2", backgroundColor: "rgba(140, 200, 226, .12)" },
    },
  },
  schema: {
    linesColor: "#8fa0a8",
    typeNameColor: "#aab8bf",
    typeTitleColor: "#aab8bf",
    requireLabelColor: "#ff9d96",
    nestedBackground: "#262b2e",
    arrow: { color: "#aab8bf" },
  },
  typography: { code: { color: "#ffb3ab", backgroundColor: "rgba(255, 255, 255, .08)" } },
  sidebar: { backgroundColor: "#171b1d", textColor: "#e4eaed", activeTextColor: "#8cc8e2" },
  rightPanel: { backgroundColor: "#0f1214" },
  codeBlock: { backgroundColor: "#060809" },
};

const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.classList.toggle("dark-mode", isDark);
Redoc.init(place.dataset.document, { theme: isDark ? dark : light }, place);
