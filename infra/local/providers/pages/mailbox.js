// The mailbox: polls the ledger's counts, and asks for what is to be seen when they change. Everything a message says is set as text; its HTML only ever runs in a sandbox.

const POLL_EACH = 2000;
const TYPED = 200; // milliseconds without a key, after which is looked for what was typed
/** The tabs: their channel, and what a tab says that there is none of. */
const TABS = {
  "#mail": { channel: "email", what: "mail" },
  "#push": { channel: "mobile_push", what: "push" },
  "#webhooks": { channel: "webhook", what: "webhook" },
  "#browsers": { channel: "web_push", what: "push to a browser" },
  "#telegram": { channel: "telegram", what: "message" },
  "#slack": { channel: "slack", what: "message" },
  "#teams": { channel: "teams", what: "message" },
  "#discord": { channel: "discord", what: "message" },
};

/** `lines` are those of the tab, `before` leads to more of them; `selected` is a line, `message` the mail that is read. */
const state = { lines: [], before: null, accepted: "", selected: null, message: null, view: "html", query: "", to: null };
const find = (selector) => document.querySelector(selector);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const currentTab = () => (location.hash in TABS ? location.hash : "#mail");
const json = (value) => JSON.stringify(value, null, 2);

function clock(at) {
  const time = new Date(typeof at === "number" ? at * 1000 : at);
  const today = time.toDateString() === new Date().toDateString();
  const options = today ? { timeStyle: "medium" } : { dateStyle: "short", timeStyle: "short" };
  return element("time", { dateTime: time.toISOString(), textContent: time.toLocaleString([], options) });
}

/** To whom mails are shown, null for everybody; pushes and chats go to no address. */
const to = () => (currentTab() === "#mail" ? state.to : null);
const isNarrow = () => Boolean(state.query || to());
const place = () => [currentTab(), state.query, to()].join("\n");

function nothing() {
  const { what } = TABS[currentTab()];
  return element("li", { className: "empty", textContent: isNarrow() ? `No ${what} matches.` : `No ${what} yet. It will appear here by itself.` });
}

/** Who a line is to: one address, or how many were told alike. */
const toWhom = (line) => (line.people > 1 ? `${line.people.toLocaleString()} people` : line.times > 1 ? `${line.to} · ${line.times} alike` : line.to);

function mailRow(line) {
  const row = element("button", { type: "button" },
    element("strong", { textContent: line.title ?? "(no subject)" }), clock(line.at), element("span", { textContent: toWhom(line) }));
  row.setAttribute("aria-pressed", String(line.id === state.selected?.id));
  row.addEventListener("click", () => select(line));
  return element("li", {}, row);
}

function mailBody(message) {
  if (state.view === "headers") return element("pre", { textContent: json(message.headers) });
  if (state.view === "text" || !message.html) return element("pre", { textContent: message.text ?? "This mail has no text part." });
  const frame = element("iframe", { title: `Mail: ${message.subject}`, srcdoc: `<base target="_blank">${message.html}` });
  frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  return frame;
}

function viewButton(name) {
  const button = element("button", { type: "button", textContent: { html: "HTML", text: "Text", headers: "Headers" }[name] });
  button.setAttribute("aria-pressed", String(state.view === name));
  button.addEventListener("click", () => {
    state.view = name;
    renderReader();
  });
  return button;
}

/** Read a mail: the newest of its line, or one of those that were told alike. */
async function select(line, id = line.id) {
  state.selected = line;
  renderLines();
  state.message = await answer("/message.json", { id });
  renderReader();
}

function others(line) {
  if (line.times < 2) return [];
  const list = element("ol");
  const all = element("details", { className: "alike" }, element("summary", { textContent: `${line.times.toLocaleString()} alike: who` }), list);
  all.addEventListener("toggle", async () => {
    const people = await answer("/alike.json", { id: line.id, q: to() ?? "" });
    list.replaceChildren(...people.map((each) => {
      const button = element("button", { type: "button", textContent: each.to });
      button.addEventListener("click", () => select(line, each.id));
      return element("li", {}, button);
    }));
    if (people.length < line.times) list.append(element("li", { textContent: `and ${(line.times - people.length).toLocaleString()} more: search for an address` }));
  }, { once: true });
  return [all];
}

function renderReader() {
  const { message, selected } = state;
  if (!message) return;
  find(".reader").replaceChildren(
    element("h2", { textContent: message.subject }),
    element("p", { className: "meta" }, `${message.headers.from ?? ""} → ${message.to} · `, clock(message.at)),
    ...others(selected),
    element("div", { className: "views" }, ...["html", "text", "headers"].map(viewButton)),
    mailBody(message));
}

function banner(line) {
  const icon = element("span", { className: "icon", ariaHidden: "true" }, element("img", { src: find("#mark").src, alt: "" }));
  if (line.badge) icon.append(element("span", { className: "badge", textContent: line.badge }));
  const details = element("details", { className: "banner" },
    element("summary", {}, icon, element("strong", { textContent: line.title ?? "(no title)" }), clock(line.at),
      element("p", { textContent: line.text ?? "" }),
      ...(line.times > 1 ? [element("p", { className: "times", textContent: toWhom(line) })] : [])));
  details.dataset.id = line.id;
  details.addEventListener("toggle", async () => {
    const { to, headers, payload } = await answer("/message.json", { id: line.id });
    details.append(element("pre", { textContent: json({ to, headers, payload }) }));
  }, { once: true });
  return element("li", {}, details);
}

function more() {
  const button = element("button", { type: "button", className: "more", textContent: "Older" });
  button.addEventListener("click", () => load({ older: true }));
  return element("li", {}, button);
}

function renderLines() {
  const mail = currentTab() === "#mail";
  const list = find(mail ? ".list" : `${currentTab()} .banners`);
  const open = new Set([...list.querySelectorAll("details[open]")].map((each) => each.dataset.id));
  const focused = mail && list.contains(document.activeElement);
  const rows = state.lines.length ? state.lines.map(mail ? mailRow : banner) : [nothing()];
  list.replaceChildren(...rows, ...(state.before ? [more()] : []));
  for (const details of list.querySelectorAll("details")) details.open = open.has(details.dataset.id);
  if (focused) list.querySelector("[aria-pressed=true]")?.focus();
}

function render() {
  const tab = currentTab();
  for (const section of document.querySelectorAll("main > section")) section.hidden = `#${section.id}` !== tab;
  for (const link of document.querySelectorAll("nav [data-channel]")) {
    if (link.hash === tab) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  find("#to").hidden = !to();
  find("#to").textContent = to() ? `To ${to()} ✕` : "";
  renderLines();
}

/** Fetch the lines of the tab, or older ones; an answer that is overtaken by another question is dropped. */
async function load({ older = false } = {}) {
  const of = place();
  const asked = { channel: TABS[currentTab()].channel, q: state.query, ...(to() && { to: to() }), ...(older && { before: state.before }) };
  const { messages, before } = await answer("/folded.json", asked);
  if (of !== place()) return;
  state.lines = older ? [...state.lines, ...messages] : messages;
  state.before = before;
  render();
  if (currentTab() === "#mail" && !state.lines.some((line) => line.id === state.selected?.id)) {
    if (state.lines.length) await select(state.lines[0]);
    else find(".reader").replaceChildren(element("p", { className: "empty", textContent: "Select a mail to read it." }));
  }
}

async function answer(path, query) {
  return JSON.parse(await text(`${path}?${new URLSearchParams(query)}`));
}

async function text(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}

function tell(sentence, warn = false) {
  find("#state").textContent = sentence;
  find("#state").classList.toggle("warn", warn);
}

async function poll() {
  try {
    const { accepted, duplicates } = JSON.parse(await text("/ledger.json"));
    for (const link of document.querySelectorAll("nav [data-channel]")) {
      const number = accepted[link.dataset.channel] ?? 0;
      link.querySelector("output").value = number;
      if (number) link.hidden = false; // those of optional channels: most laptops have none
    }
    const repeats = duplicates.email + duplicates.mobile_push_two_collapse_ids + duplicates.webhook + duplicates.chat;
    tell(repeats ? `${repeats} sent twice` : "Live", repeats > 0);
    const now = json(accepted);
    if (now !== state.accepted) {
      await load();
      state.accepted = now;
    }
  } catch {
    tell("The providers are not running. Trying again …", true);
  }
  setTimeout(poll, POLL_EACH);
}

let typed;
find("input[type=search]").addEventListener("input", (event) => {
  state.query = event.target.value;
  clearTimeout(typed);
  typed = setTimeout(load, TYPED);
});
find("#to").addEventListener("click", () => {
  state.to = null;
  history.replaceState(null, "", location.pathname + location.hash);
  load();
});
async function greetNeighbours() {
  const { console: address } = JSON.parse(await text("/neighbours.json"));
  if (address) Object.assign(find("#console"), { href: address, hidden: false });
}

addEventListener("hashchange", () => {
  Object.assign(state, { lines: [], before: null });
  render();
  load();
});
state.to = new URLSearchParams(location.search).get("to");
render();
greetNeighbours().catch(() => {}); // it is one link less
poll();
