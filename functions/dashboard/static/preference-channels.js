import { build } from "./dom.js";
import { buildSwitch, show } from "./switch.js";

/** One switch for each channel as a whole. What is chosen by type is kept while it is off. */
export function channelCards(store) {
  return store.channels.map(({ channel, label }) => {
    if (!store.reaches(channel)) return unconnected(label);
    const words = build("p", {});
    const isOn = () => store.channels.find((each) => each.channel === channel).enabled;
    const toggle = buildSwitch({ label, on: isOn(), ontoggle: (on) => saver.want(on) });
    const saver = store.setting(label, {
      read: isOn,
      part: (on) => ({ channels: { [channel]: on ? null : false } }),
      show: (on) => {
        show(toggle, on);
        words.textContent = on ? "As chosen below." : "Off for everything that can be switched off. What is chosen below is kept.";
      },
    });
    return build("li", { className: "card" }, build("div", { className: "words" }, build("h3", {}, label), words), toggle);
  });
}

/** In place of its switches: nothing can come over it until something is connected. */
function unconnected(label) {
  const connect = build("a", { className: "button", href: "/dashboard/profile/destinations", "aria-label": `Connect ${label}` }, "Connect");
  return build("li", { className: "card" }, build("div", { className: "words" }, build("h3", {}, label), build("p", {}, "Not connected.")), connect);
}
