import { build } from "./dom.js";

/** A switch with an accessible name and state. `ontoggle(on)` is called with the wanted state. */
export function buildSwitch({ label, on, ontoggle }) {
  const button = build("button", { type: "button", className: "switch", role: "switch", "aria-label": label });
  button.append(build("span", { className: "thumb" }));
  button.addEventListener("click", () => ontoggle(button.getAttribute("aria-checked") !== "true"));
  show(button, on);
  return button;
}

export function show(button, on) {
  button.setAttribute("aria-checked", String(on));
}
