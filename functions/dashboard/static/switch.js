import { build } from "./dom.js";

/** A switch that says its name and state to everybody; `ontoggle(on)` hears what is wanted. */
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
