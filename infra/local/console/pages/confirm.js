// Dry run first, then the act: a dialog shows what would happen, and does it only when it is told to.

import { button, element, failure } from "/parts.js";

const dialog = document.querySelector("#dialog");

function show(title, ...content) {
  dialog.replaceChildren(element("h2", { id: "dialog-title", textContent: title }), ...content);
  if (!dialog.open) dialog.showModal();
}

const buttons = (...made) => element("p", { className: "buttons" }, ...made);
const close = (text) => button(text, () => dialog.close());

// `run(dry)` carries the command out, or only counts; `tell(answer)` puts its answer into words or elements. `done` comes after.
export async function confirm({ title, act, run, tell, done = () => {} }) {
  show(title, element("p", { textContent: "Counting …" }), buttons(close("Cancel")));
  try {
    const would = await run(true);
    const go = button(act, async () => {
      go.disabled = true;
      try {
        const said = tell(await run(false));
        show(title, element("div", { attributes: { role: "status" } }, said), buttons(close("Close")));
        dialog.querySelector("button").focus();
        done();
      } catch (error) {
        show(title, failure(error), buttons(close("Close")));
      }
    }, "danger");
    show(title, tell(would), buttons(close("Cancel"), go));
  } catch (error) {
    show(title, failure(error), buttons(close("Close")));
  }
}

export const sentence = (text) => element("p", { textContent: text });
