const SVG = "http://www.w3.org/2000/svg";

/** Strokes on a grid of 24. */
const PATHS = {
  bell: "M6 9a6 6 0 0 1 12 0c0 6 2.500 7 2.500 8h-17C3.500 16 6 15 6 9zM10 20.500a2.200 2.200 0 0 0 4 0",
  "issue.new": "M12 3.500 2.800 19.500h18.400zM12 10v4.500M12 17.200v.1",
  "issue.digest": "M8.500 6h12M8.500 12h12M8.500 18h12M4 6h.1M4 12h.1M4 18h.1",
  "feedback.new": "M4 5h16v11.500H11L6.500 20v-3.500H4zM8 9h8M8 12.500h5",
  "questionnaire.response_new": "M9 4.500H5.500v16h13v-16H15M9 3h6v3.500H9zM8.500 13l2.500 2.500 4.500-4.500",
  "job.completed": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12.200l2.800 2.800L16 9.500",
  "app.rating_changed": "m12 3.500 2.600 5.500 6 .8-4.400 4.200 1.100 6-5.300-2.900L6.700 20l1.100-6-4.400-4.200 6-.8z",
  "app.review_new": "M4 4.500h16v12h-7L8 20.500v-4H4zm8 2.700 1 2.100 2.300.3-1.700 1.600.4 2.300-2-1.100-2 1.100.4-2.300-1.700-1.600 2.300-.3z",
  done: "m5 12.500 4.500 4.500L19 7.500",
  read: "M3.500 10.500 12 4.500l8.500 6V19.500h-17zM3.500 11 12 16l8.500-5",
  undo: "M8.500 5 4 9.500 8.500 14M4.500 9.500h9a5.500 5.500 0 0 1 0 11H9",
  dots: "M5.500 12h.1M12 12h.1M18.500 12h.1",
  keys: "M3 6.500h18v11H3zM6.500 10h.1M10 10h.1M13.500 10h.1M17 10h.1M8 14h8",
  snooze: "M12 5a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 9v4.500l3 2M3.500 5.500 6.500 3M20.500 5.500 17.500 3",
  fold: "m9 6 6 6-6 6",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.500 15.500 20.500 20.500",
  unread: "M12 7.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9z",
  trash: "M4.500 6.500h15M9.500 6.500V4h5v2.500M6.500 6.500l.8 13.500h9.400l.8-13.500M10 10.500v5.500M14 10.500v5.500",
};

/** An icon. It is hidden from screen readers, because the text beside it says the same. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.bell);
  svg.append(path);
  return svg;
}
