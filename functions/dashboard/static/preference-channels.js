import { build } from "./dom.js";
import { buildSwitch, show } from "./switch.js";
import { say } from "./words.js";

/** One switch for each channel as a whole. What is chosen by type is kept while it is off. `destinations` is where one is connected. */
export function channelCards(store, destinations) {
  return store.channels.map(({ channel, label }) => {
    if (!store.reaches(channel)) return unconnected(label, destinations);
    const words = build("p", {});
    const isOn = () => store.channels.find((each) => each.channel === channel).enabled;
    const toggle = buildSwitch({ label, on: isOn(), ontoggle: (on) => saver.want(on) });
    const saver = store.setting(label, {
      read: isOn,
      part: (on) => ({ channels: { [channel]: on ? null : false } }),
      show: (on) => {
        show(toggle, on);
        words.textContent = say(on ? "channels.on" : "channels.off");
      },
    });
    return build("li", { className: "card", part: "card" }, build("div", { className: "words" }, build("h3", {}, label), words), toggle);
  });
}

/** In place of its switches: nothing can come over it until something is connected. */
function unconnected(label, href) {
  const connect = href && build("a", { className: "button", href, "aria-label": say("channels.connect_named", { name: label }) }, say("channels.connect"));
  return build("li", { className: "card", part: "card" }, build("div", { className: "words" }, build("h3", {}, label), build("p", {}, say("channels.unconnected"))), connect || null);
}
