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
  read: "m5 12.500 4.500 4.500L19 7.500",
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
