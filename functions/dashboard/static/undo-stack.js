/** What a person did on this page and can undo, until the page is left: `{text, undo}` each, the newest last. */
export class UndoStack {
  #acts = [];

  constructor(onchange) {
    this.onchange = onchange;
  }

  /** Words for what would be undone next, "" if there is nothing. */
  get next() {
    return this.#acts.at(-1)?.text ?? "";
  }

  push(act) {
    this.#acts.push(act);
    this.onchange();
  }

  pop() {
    const act = this.#acts.pop();
    this.onchange();
    return act;
  }

  /** It failed, or it never was. */
  drop(act) {
    this.#acts = this.#acts.filter((each) => each !== act);
    this.onchange();
  }
}
