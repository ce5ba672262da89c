/**
 * Build an element: `onclick` and its like listen, properties are set, everything else is an attribute; null and
 * undefined are left out. Strings become text nodes, so whatever a notification says is only ever text.
 */
export function build(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Grey placeholder rows, shown while data is loading. */
export function ghosts(count) {
  return Array.from({ length: count }, () => build("li", { className: "ghost", "aria-hidden": "true" }));
}

/** The shared style sheets for a shadow root, fetched once each. */
const sheets = new Map();

export function adopt(root, ...names) {
  for (const name of names) if (!sheets.has(name)) sheets.set(name, load(name));
  return Promise.all(names.map((name) => sheets.get(name))).then((loaded) => {
    root.adoptedStyleSheets = loaded;
  });
}

async function load(name) {
  const response = await fetch(new URL(name, import.meta.url));
  return new CSSStyleSheet().replace(await response.text());
}

/** The element that has the focus, inside shadow roots too. */
export function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

/** Define an element, unless another script of ours on this page has. */
export function define(name, element) {
  if (!customElements.get(name)) customElements.define(name, element);
}
