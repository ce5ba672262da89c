// The mail or push as it looked: from what the laptop's providers took, else made again from the delivery's row.

import { place, sent } from "/ask.js";
import { element, failure, heading, time } from "/parts.js";

const json = (value) => element("pre", { textContent: JSON.stringify(value, null, 2) });

/** The mail with our owl in it. This page loads nothing from elsewhere, and a picture without an address leaves no broken one. */
function shown(html) {
  const mail = new DOMParser().parseFromString(html, "text/html");
  for (const picture of mail.querySelectorAll("img")) {
    if (picture.src.endsWith("/assets/owl.png")) picture.src = document.querySelector("h1 img").src;
    else picture.removeAttribute("src");
  }
  return `<!DOCTYPE html>${mail.documentElement.outerHTML}`;
}

function mail(message) {
  const frame = element("iframe", { title: `Mail: ${message.subject}`, srcdoc: shown(message.html ?? "") });
  frame.setAttribute("sandbox", "");
  return element("article", { className: "sent" },
    element("h3", { textContent: message.subject }), element("p", { className: "quiet" }, `to ${message.to} · `, time(message.at)),
    message.html ? frame : element("pre", { textContent: message.text ?? "" }),
    element("details", {}, element("summary", { textContent: "Text and headers" }), element("pre", { textContent: message.text ?? "" }), json(message.headers)));
}

function push(message) {
  return element("article", { className: "sent" },
    element("div", { className: "banner" }, element("strong", { textContent: message.title ?? "" }), element("p", { textContent: message.text ?? "" })),
    element("p", { className: "quiet" }, `to the device …${message.to.slice(-6)} · `, time(message.at)),
    element("details", {}, element("summary", { textContent: "Payload" }), json(message.payload)));
}

function again(row, { said, parts }) {
  const { subject, text, html, ...others } = parts;
  const shown = subject === undefined ? [] : [mail({ subject, text, html, to: row.recipient, at: row.attempted_at, headers: {} })];
  const rest = Object.keys(others).length ? [json(others)] : [];
  return [heading("What was sent"), element("p", { textContent: said }), ...shown, ...rest];
}

export async function content(row, kept) {
  if (row.channel === "in_app" || !row.notification_id || !(await place()).mailbox) return again(row, kept);
  try {
    const { messages } = await sent(row.channel === "email" ? row.id : "", row.channel === "email" ? "" : row.notification_id);
    return messages.length ? [heading("As it looked"), ...messages.map((each) => (each.channel === "email" ? mail(each) : push(each)))] : again(row, kept);
  } catch (error) {
    return [failure(error)];
  }
}
