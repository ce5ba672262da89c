// The parts that every tab is made of. Whatever an answer says is set as text.

export function element(tag, properties = {}, ...children) {
  const { attributes = {}, ...own } = properties;
  const made = Object.assign(document.createElement(tag), own);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const number = (value) => Number(value).toLocaleString("en");

export function time(value) {
  if (!value) return "";
  const at = new Date(value);
  const today = at.toDateString() === new Date().toDateString();
  const options = today ? { timeStyle: "medium" } : { dateStyle: "short", timeStyle: "short" };
  return element("time", { dateTime: value, title: at.toISOString(), textContent: at.toLocaleString([], options) });
}

export const chip = (status, detail) =>
  element("span", { className: `chip ${status}` }, status, detail ? element("small", { textContent: ` ${detail}` }) : null);

export const counts = (numbers) =>
  Object.entries(numbers).sort().map(([name, value]) => `${number(value)} ${name}`).join(", ") || "nothing";

export const link = (hash, ...words) => element("a", { href: hash }, ...words);

// A table that scrolls by itself where the screen is narrow; `numeric` are the columns that are set to the right.
export function table(caption, headings, rows, { numeric = [], nothing = "Nothing." } = {}) {
  if (!rows.length) return element("p", { className: "nothing", textContent: nothing });
  const classOf = (column) => (numeric.includes(column) ? "number" : "");
  const head = element("tr", {}, headings.map((text, column) => element("th", { scope: "col", textContent: text, className: classOf(column) })));
  const body = rows.map((row) => element("tr", {}, row.map((cell, column) => element("td", { className: classOf(column) }, cell ?? ""))));
  const made = element("table", {}, element("caption", { textContent: caption }), element("thead", {}, head), element("tbody", {}, body));
  return element("div", { className: "scrolls", tabIndex: 0, attributes: { role: "region", "aria-label": caption } }, made);
}

export function button(text, act, className = "") {
  const made = element("button", { type: "button", textContent: text, className: `act ${className}` });
  made.addEventListener("click", act);
  return made;
}

// A labelled field of a form. `choices` makes it a list.
export function field(label, name, { choices, value = "", ...more } = {}) {
  const input = choices
    ? element("select", { name }, choices.map((each) => element("option", { value: each, textContent: each || "any" })))
    : element("input", { name, ...more });
  input.value = value;
  return element("label", { className: "field" }, element("span", { textContent: label }), input);
}

export function form(act, ...children) {
  const made = element("form", { className: "form" }, ...children);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    act(Object.fromEntries(new FormData(made)), made);
  });
  return made;
}

export const failure = (error) => element("p", { className: "failure", textContent: error.message, attributes: { role: "alert" } });
export const heading = (text, ...more) => element("div", { className: "heading" }, element("h2", { textContent: text }), ...more);
