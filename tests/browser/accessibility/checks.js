// Checks of a page beside axe-core's. Each returns what is at fault, as pairs: the element of another
// program in which it is, or "", and a name.
window.checks = (theirs) => {
  const VIEWED = 3; // lines of a report
  const STOPS = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]";

  const isVisible = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;

  const nameOf = (element) => {
    const classes = [...element.classList].slice(0, 2).map((name) => `.${name}`);
    return element.id ? `#${element.id}` : `${element.localName}${classes.join("")}`;
  };

  const rootOf = (element) => theirs.find((selector) => element.closest(selector)) ?? "";

  // The first of each program.
  const named = (elements, more = "") => ["", ...theirs].flatMap((root) => {
    const own = [...elements].filter((element) => rootOf(element) === root);
    return [...new Set(own.map(nameOf))].slice(0, VIEWED).map((name) => [root, name + more]);
  });

  const said = (...texts) => texts.map((text) => ["", text]);

  const visible = (selector, root = document) =>
    [...root.querySelectorAll(selector)].filter(isVisible);

  const tabStops = () =>
    visible(STOPS).filter((element) => element.tabIndex >= 0 && !element.disabled);

  // The relative luminance of WCAG 2.2; null for a colour that is not seen.
  const luminance = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    if (alpha < 0.5) return null;
    const [r, g, b] = [red, green, blue].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  const hasOwnText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

  const seconds = (list) => Math.max(...list.split(",").map(Number.parseFloat));

  const ring = (element) => {
    const style = getComputedStyle(element);
    const isDrawn = style.outlineStyle !== "none" && luminance(style.outlineColor) !== null;
    return `${isDrawn ? style.outlineWidth + style.outlineColor : ""} ${style.boxShadow}`;
  };

  return {
    oneOf(selector) {
      const found = visible(selector);
      return found.length === 1 ? [] : said(`${found.length} × ${selector}`);
    },

    sideways() {
      const width = window.innerWidth;
      if (document.documentElement.scrollWidth <= width) return [];
      const wide = visible("body *").filter((each) => each.getBoundingClientRect().right > width + 1);
      return [...said(`${document.documentElement.scrollWidth} px`), ...named(wide)];
    },

    // With prefers-reduced-motion.
    motion() {
      const moving = [...document.querySelectorAll("*")].filter((element) => {
        const style = getComputedStyle(element);
        const isAnimated = style.animationName !== "none" && seconds(style.animationDuration) > 0.01;
        return isAnimated || seconds(style.transitionDuration) > 0.01 || style.scrollBehavior === "smooth";
      });
      return named(moving);
    },

    // For print, and best in the dark scheme. Forms of the admin are printed: they hold the records.
    print() {
      const isAdmin = location.pathname.startsWith("/admin/");
      const controls = ["submit", "button", "reset"].map((type) => `input[type=${type}]`);
      const screen = [...controls, "button", "nav", ".site-header", ".skip-link", isAdmin ? "" : "form"];
      const shown = visible(screen.filter(Boolean).join(", "));
      const dark = visible("body, body *").filter((element) => {
        const style = getComputedStyle(element);
        const ground = luminance(style.backgroundColor);
        const text = hasOwnText(element) ? luminance(style.color) : null;
        return (ground !== null && ground < 0.5) || (text !== null && text > 0.3);
      });
      return [...named(shown), ...named(dark, " is not dark on white")];
    },

    // So that no colour is measured while it changes.
    still() {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("*, ::before, ::after { transition: none !important; }");
      document.adoptedStyleSheets.push(sheet);
      return [];
    },

    // The operations of Swagger UI and ReDoc are alike, and enough for a minute of axe-core.
    shorten() {
      const operations = ".api-content > [id*='/operation/'], .operation-tag-content > *";
      for (const operation of [...document.querySelectorAll(operations)].slice(3)) operation.remove();
      return [];
    },

    // After a key was pressed, so that the browser shows the focus.
    focus() {
      document.activeElement.blur();
      const unseen = tabStops().filter((element) => {
        const before = ring(element);
        element.focus({ preventScroll: true });
        return document.activeElement === element && ring(element) === before;
      });
      return named(unseen);
    },

    // Focuses the first tab stop; Enter is to lead from there to the content.
    skipLink() {
      const [first] = tabStops();
      if (!first?.getAttribute("href")?.startsWith("#")) return said("the first tab stop is no skip link");
      first.focus();
      const place = first.getBoundingClientRect();
      return place.top < 0 || place.left < 0 ? said("the skip link is not seen") : [];
    },

    skipped() {
      const main = document.querySelector("main, [role=main]");
      const place = document.activeElement;
      const isThere = main && (main.contains(place) || (place !== document.body && place.contains(main)));
      return isThere ? [] : said("the skip link does not lead to <main>");
    },

    // After a form was sent with mistakes.
    errors() {
      const wrong = visible("[aria-invalid=true]");
      if (!wrong.length) return said("no field is marked as invalid");
      const undescribed = wrong.filter((field) => {
        const ids = (field.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean);
        return !ids.some((id) => document.getElementById(id)?.textContent.trim());
      });
      const isSeen = wrong.some((field) => {
        const place = field.getBoundingClientRect();
        return place.top >= 0 && place.bottom <= window.innerHeight;
      });
      return [...named(undescribed), ...(isSeen ? [] : said("no field with an error is in view"))];
    },
  };
};
