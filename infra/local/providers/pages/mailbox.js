// The mailbox: polls the ledger and shows it. Everything a message says is set as text; its HTML only ever runs in a sandbox.

const POLL_EACH = 2000;
const SHOWN = 500;
/** What a tab says that there is none of. */
const WHAT = { "#push": "push", "#webhooks": "webhook", "#browsers": "push to a browser", "#telegram": "message" };
const TABS = { "#mail": "email", "#push": "mobile_push", "#webhooks": "webhook", "#browsers": "web_push", "#telegram": "telegram" };

const state = { messages: [], seen: "", selected: null, view: "html", query: "" };
const find = (selector) => document.querySelector(selector);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const currentTab = () => (location.hash in TABS ? location.hash : "#mail");
const identity = (message) => [message.at, message.to, message.subject].join("\n");
const json = (value) => JSON.stringify(value, null, 2);

function clock(message) {
  const at = new Date(message.at);
  const today = at.toDateString() === new Date().toDateString();
  const options = today ? { timeStyle: "medium" } : { dateStyle: "short", timeStyle: "short" };
  return element("time", { dateTime: message.at, textContent: at.toLocaleString([], options) });
}

function matching(channel) {
  const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  return state.messages.filter((message) => {
    if (message.channel !== channel) return false;
    const text = [message.to, message.subject, message.title, message.text, json(message.payload ?? message.headers)];
    const haystack = text.join("\n").toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}

const nothing = (what) =>
  element("li", { className: "empty", textContent: state.query ? `No ${what} matches.` : `No ${what} yet. It will appear here by itself.` });

function mailRow(message) {
  const row = element("button", { type: "button" },
    element("strong", { textContent: message.subject }), clock(message), element("span", { textContent: message.to }));
  row.setAttribute("aria-pressed", String(identity(message) === state.selected));
  row.addEventListener("click", () => {
    state.selected = identity(message);
    render();
  });
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
    renderReader(true);
  });
  return button;
}

function renderReader(force = false) {
  const reader = find(".reader");
  const message = state.messages.find((each) => identity(each) === state.selected);
  if (!message || (!force && reader.dataset.shows === state.selected)) return;
  reader.dataset.shows = state.selected;
  reader.replaceChildren(
    element("h2", { textContent: message.subject }),
    element("p", { className: "meta" }, `${message.headers.from ?? ""} → ${message.to} · `, clock(message)),
    element("div", { className: "views" }, ...["html", "text", "headers"].map(viewButton)),
    mailBody(message));
}

function banner(message) {
  const icon = element("span", { className: "icon", textContent: "🦉", ariaHidden: "true" });
  const badge = message.payload?.aps?.badge;
  if (badge) icon.append(element("span", { className: "badge", textContent: badge }));
  const details = element("details", { className: "banner" },
    element("summary", {}, icon, element("strong", { textContent: message.title ?? "(no title)" }), clock(message),
      element("p", { textContent: message.text ?? "" })),
    element("pre", { textContent: json({ to: message.to, headers: message.headers, payload: message.payload }) }));
  details.dataset.identity = identity(message);
  return element("li", {}, details);
}

function renderBanners(messages, section, what) {
  const open = new Set([...document.querySelectorAll("details[open]")].map((each) => each.dataset.identity));
  find(`${section} .banners`).replaceChildren(...(messages.length ? messages.map(banner) : [nothing(what)]));
  for (const details of document.querySelectorAll("details")) details.open = open.has(details.dataset.identity);
}

function renderMails(mails) {
  if (!state.selected && mails.length) state.selected = identity(mails[0]);
  const list = find(".list");
  const focused = list.contains(document.activeElement);
  list.replaceChildren(...(mails.length ? mails.map(mailRow) : [nothing("mail")]));
  if (focused) list.querySelector("[aria-pressed=true]")?.focus();
  renderReader();
}

function render() {
  const tab = currentTab();
  for (const section of document.querySelectorAll("main > section")) section.hidden = `#${section.id}` !== tab;
  for (const link of document.querySelectorAll("nav [data-channel]")) {
    if (link.hash === tab) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (tab === "#mail") renderMails(matching("email"));
  else renderBanners(matching(TABS[tab]), tab, WHAT[tab]);
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
    const [messages, ledger] = await Promise.all([text(`/messages.json?limit=${SHOWN}`), text("/ledger.json")]);
    const { accepted, duplicates } = JSON.parse(ledger);
    for (const link of document.querySelectorAll("nav [data-channel]")) {
      const number = accepted[link.dataset.channel] ?? 0;
      link.querySelector("output").value = number;
      if (number) link.hidden = false; // those of optional channels: most laptops have none
    }
    const repeats = duplicates.email + duplicates.mobile_push_two_collapse_ids + duplicates.webhook;
    tell(repeats ? `${repeats} sent twice` : "Live", repeats > 0);
    if (messages !== state.seen) {
      state.seen = messages;
      state.messages = JSON.parse(messages).messages;
      render();
    }
  } catch {
    tell("The providers are not running. Trying again …", true);
  }
  setTimeout(poll, POLL_EACH);
}

find("input[type=search]").addEventListener("input", (event) => {
  state.query = event.target.value;
  render();
});
async function greetNeighbours() {
  const { console: address } = JSON.parse(await text("/neighbours.json"));
  if (address) Object.assign(find("#console"), { href: address, hidden: false });
}

addEventListener("hashchange", render);
render();
greetNeighbours().catch(() => {}); // it is one link less
poll();
