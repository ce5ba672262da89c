/**
 * Keeps one setting in step with the server: shows a wish at once, saves it, and shows what was saved last if saving
 * fails. Wishes made while one is being saved wait, and only the newest of them is sent, so answers cannot overtake.
 */
export class Saver {
  #saved;
  #wanted;
  #busy = false;

  /**
   * `save(value)` resolves when the value is stored; `show(value)` displays it; `failed(error, value)` reports that it was
   * undone, and `saved()` that the newest wish is stored.
   */
  constructor(saved, { save, show, failed, saved: stored = () => {} }) {
    this.#saved = this.#wanted = saved;
    Object.assign(this, { save, show, failed, stored });
  }

  get value() {
    return this.#wanted;
  }

  /** The server reported this value. A wish that is being saved is newer and wins. */
  settle(value) {
    if (this.#busy) return;
    this.#saved = this.#wanted = value;
    this.show(value);
  }

  /** Show a value that another request saves; `settle` or `restore` follows. */
  foresee(value) {
    this.#wanted = value;
    this.show(value);
  }

  /** Show the last value that the server is known to have. */
  restore() {
    this.#wanted = this.#saved;
    this.show(this.#saved);
  }

  /** Returns false if it could not be saved. */
  async want(value) {
    this.#wanted = value;
    this.show(value);
    if (this.#busy) return true;
    this.#busy = true;
    let asked;
    try {
      while (this.#wanted !== this.#saved) {
        asked = this.#wanted;
        await this.save(asked);
        this.#saved = asked;
      }
      if (asked !== undefined) this.stored();
      return true;
    } catch (error) {
      this.restore();
      this.failed(error, asked);
      return false;
    } finally {
      this.#busy = false;
    }
  }
}
