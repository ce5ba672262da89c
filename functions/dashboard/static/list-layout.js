import { build } from "./dom.js";
import { FoldHead, FOLDS_FROM } from "./fold-head.js";
import { dayName } from "./times.js";

/** Puts a heading before the rows of each day, and one line in place of many rows of one kind from one project. */
export class ListLayout {
  #heads = [];

  /** `nameOf(row)` are the words for rows of its kind: "new reviews on Pocket Atlas". */
  constructor({ list, inbox, nameOf }) {
    Object.assign(this, { list, inbox, nameOf });
  }

  clear() {
    this.#heads = [];
  }

  headOf(element) {
    return this.#heads.find((head) => head.element === element);
  }

  arrange(rows) {
    for (const old of this.list.element.querySelectorAll(".day")) old.remove();
    for (const row of rows) row.element.classList.remove("tucked", "inside");
    const known = this.#heads;
    this.#heads = [];
    for (const day of runs(rows, (row) => dayName(row.moment))) {
      for (const run of runs(day, kindOf)) if (run.length >= FOLDS_FROM && kindOf(run[0])) this.#fold(run, known);
      const first = this.#heads.find((head) => head.rows[0] === day[0])?.element ?? day[0].element;
      first.before(build("li", { className: "day" }, build("h2", {}, dayName(day[0].moment))));
    }
    for (const head of known) if (!this.#heads.includes(head)) head.element.remove();
  }

  /** A head that stood for one of these rows stands for them again, so that it stays open and keeps the focus. */
  #fold(run, known) {
    const head = known.find((each) => !this.#heads.includes(each) && each.rows.some((row) => run.includes(row))) ?? new FoldHead(this);
    this.#heads.push(head);
    if (run[0].element.previousElementSibling !== head.element) run[0].element.before(head.element);
    head.show(run, this.nameOf(run[0]));
  }
}

/** Returns the rows in runs of one key each. */
function runs(rows, keyOf) {
  const found = [];
  let last;
  for (const row of rows) {
    const key = keyOf(row);
    if (found.length && key === last) found.at(-1).push(row);
    else found.push([row]);
    last = key;
  }
  return found;
}

function kindOf({ notification: { type, project_id: project } }) {
  return project ? `${type} ${project}` : "";
}
