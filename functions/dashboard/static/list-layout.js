import { build } from "./dom.js";
import { FoldHead, FOLDS_FROM } from "./fold-head.js";
import { dayName } from "./times.js";

/** Puts a heading before the rows of each day, and one line in place of many rows of one kind from one project. */
export class ListLayout {
  #heads = [];
  #days = new Map();

  /** `nameOf(row)` are the words for rows of its kind: "new reviews on Pocket Atlas". */
  constructor({ list, inbox, nameOf }) {
    Object.assign(this, { list, inbox, nameOf });
  }

  clear() {
    this.#heads = [];
    this.#days.clear();
  }

  headOf(element) {
    return this.#heads.find((head) => head.element === element);
  }

  /** Only what differs is changed: a page that is added to a long list costs what it adds. */
  arrange(rows) {
    const known = this.#heads;
    const days = this.#days;
    this.#heads = [];
    this.#days = new Map();
    for (const day of runs(rows, (row) => row.moment.setHours(0, 0, 0, 0))) this.#section(day, known, days);
    const folded = new Set(this.#heads.flatMap((head) => head.rows));
    for (const row of rows) if (!folded.has(row) && row.element.matches(".tucked, .inside")) row.element.classList.remove("tucked", "inside");
    for (const head of known) if (!this.#heads.includes(head)) head.element.remove();
    for (const [name, element] of days) if (this.#days.get(name) !== element) element.remove();
  }

  /** The rows of a day under its name. */
  #section(rows, known, days) {
    for (const run of runs(rows, kindOf)) if (run.length >= FOLDS_FROM && kindOf(run[0])) this.#fold(run, known);
    const first = this.#heads.find((head) => head.rows[0] === rows[0])?.element ?? rows[0].element;
    const name = dayName(rows[0].moment);
    const day = (!this.#days.has(name) && days.get(name)) || build("li", { className: "day" }, build("h2", {}, name));
    this.#days.set(name, day);
    if (first.previousElementSibling !== day) first.before(day);
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
