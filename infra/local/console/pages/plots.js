// Plots of the last hour in plain SVG: a bar for each minute. Their numbers are in a table for those who do not see them.

import { element, number } from "/parts.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, MINUTES] = [600, 120, 60];

function drawn(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// `series` are {name, className, values}: a value for each of the sixty minutes, stacked; null where there was nothing.
export function plot(title, unit, series) {
  const sums = Array.from({ length: MINUTES }, (_, minute) => series.reduce((sum, each) => sum + (each.values[minute] ?? 0), 0));
  const top = Math.max(...sums, 0);
  const peak = top ? `at most ${number(Math.round(top * 10) / 10)} ${unit}` : "nothing";
  const picture = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const wide = WIDTH / MINUTES;
  for (let minute = 0; minute < MINUTES; minute += 1) {
    let floor = HEIGHT;
    for (const { className, values } of series) {
      const height = top ? ((values[minute] ?? 0) / top) * (HEIGHT - 4) : 0;
      if (!height) continue;
      floor -= height;
      picture.append(drawn("rect", { class: className, x: minute * wide + 1, y: floor, width: wide - 2, height }));
    }
  }
  const legend = series.map(({ name, className }) => element("span", { className: `key ${className}`, textContent: name }));
  return element("figure", { className: "plot" },
    element("figcaption", {}, element("strong", { textContent: title }), element("span", { textContent: peak }), ...(series.length > 1 ? legend : [])),
    picture,
    element("p", { className: "axis", attributes: { "aria-hidden": "true" } }, element("span", { textContent: "an hour ago" }), element("span", { textContent: "now" })));
}

// Puts rows with a minute each into sixty places, the last of which is the minute of `at`.
export function byMinute(rows, at, value) {
  const last = Math.floor(Date.parse(at) / 60e3);
  const values = Array(MINUTES).fill(null);
  for (const row of rows) {
    const place = MINUTES - 1 - (last - Math.floor(Date.parse(row.minute) / 60e3));
    if (place >= 0 && place < MINUTES) values[place] = value(row);
  }
  return values;
}
