import { call } from "./api.js";
import { UndoStack } from "./undo-stack.js";
import { unread } from "./unread.js";
import { counted, say } from "./words.js";

/**
 * Acts on rows: each shows at once, is sent at once, so that it holds whatever becomes of this page, and can be undone.
 * `inbox` has the `list`, and the methods `said`, `failed`, `reload` and `undoable`.
 */
export class InboxActs {
  #undo;
  #last = Promise.resolve();
  #leaving = new Promise((resume) => addEventListener("pagehide", resume, { once: true }));

  constructor(inbox) {
    this.inbox = inbox;
    this.#undo = new UndoStack(() => inbox.undoable(this.#undo.next));
  }

  /** Do this to these rows. `more` goes with the request; `when` names the time of a snooze, and says it where it is a time of its own. */
  async act(verb, rows, more = {}, [when, time] = []) {
    if (!rows.length) return;
    for (const row of rows) row.foresee(verb);
    const text = say(when ? `did.snooze_${when}` : `did.${verb}`, { what: named(rows), time });
    const ids = rows.map((row) => row.notification.id);
    const answer = this.#send("/v1/notifications/acts", { act: verb, ids, ...more });
    const act = this.#offer(text, () => this.#takeBack(answer, rows));
    try {
      for (const row of rows) row.settle(verb, new Set((await answer).ids));
    } catch (error) {
      this.#undo.drop(act);
      for (const row of rows) row.restore();
      this.inbox.failed(say("acts.not_changed", { what: named(rows), reason: error.message }));
    }
  }

  /** Mark as read what a list showed, by the server's word of what that was. Resolves when it is done. Raises ApiError. */
  async markAll(body) {
    const answer = this.#send("/v1/notifications/mark-all-read", { ...body, undoable: true });
    const { marked } = await answer;
    if (marked) this.#offer(counted("acts.marked", marked), () => this.#takeBack(answer, []));
    return marked;
  }

  /** Mark a row as read or unread; one that was done is back in the inbox by that. */
  async toggleRead(row) {
    const read = !row.read;
    row.reading.foresee(read);
    const saved = this.#inTurn(() => row.reading.want(read));
    const did = read ? "read" : row.notification.done_at ? "undone_unread" : "unread";
    const act = this.#offer(say(`did.${did}`, { what: named([row]) }), () => this.#readBack(row, !read));
    if (!(await saved)) this.#undo.drop(act);
  }

  async #readBack(row, read) {
    if (row.notification.done_at && read) {
      await this.#send("/v1/notifications/acts", { act: "done", ids: [row.notification.id] });
      row.reading.settle(true);
    } else row.reading.want(read);
    if (row.shown) this.inbox.list.focus(row);
    else if (!row.element.isConnected) await this.inbox.reload();
  }

  /** Undo what was done last; then what was done before it, and so on. */
  async undoLast() {
    const act = this.#undo.pop();
    if (!act) return this.inbox.said(say("acts.nothing"));
    try {
      await act.undo();
      const { next } = this.#undo;
      this.inbox.said(say("acts.undone", { act: act.text }), next ? { label: say("acts.undo_before"), run: () => this.undoLast() } : null);
    } catch (error) {
      this.#undo.push(act);
      this.inbox.failed(say("acts.not_undone", { reason: error.message }));
    }
  }

  #offer(text, undo) {
    const act = { text, undo };
    this.#undo.push(act);
    this.inbox.said(`${text}.`, { label: say("bar.undo"), run: () => this.undoLast() });
    return act;
  }

  async #takeBack(answer, rows) {
    const { undo } = await answer;
    if (!undo) return;
    const { ids } = await this.#send("/v1/notifications/undo", { undo });
    const back = new Set(ids);
    const here = rows.filter((row) => back.has(row.notification.id) && row.element.isConnected);
    for (const row of here) row.restore();
    if (here.length < ids.length) await this.inbox.reload();
    else if (here.length) this.inbox.list.focus(here[0]);
  }

  /** Resolves when everything that was done so far is answered: a list that is loaded then has it. */
  atRest() {
    return this.#last;
  }

  /** Send one after the other, so that what was done last is last there, too; all at once if the page is left. */
  async #send(path, body) {
    return this.#inTurn(async () => {
      const answer = await call("POST", path, body, { keepalive: true });
      unread.set(answer.unread_count);
      return answer;
    });
  }

  async #inTurn(run) {
    const before = this.#last;
    const running = Promise.race([before, this.#leaving]).then(run);
    this.#last = running.then(
      () => before,
      () => before,
    );
    return running;
  }
}

function named(rows) {
  return rows.length === 1 ? say("acts.one", { title: rows[0].notification.title }) : counted("acts.many", rows.length);
}
