import { build } from "./dom.js";
import { buildSwitch, show } from "./switch.js";

/** One switch for each channel as a whole. What is chosen by type is kept while it is off. */
export function channelCards(store) {
  return store.channels.map(({ channel, label }) => {
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
