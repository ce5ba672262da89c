import { call } from "./api.js";

/** The pages of an inbox under one filter, `{readState, type}`, newest first; `size` rows each. */
export class Feed {
  #cursor = null;
  hasMore = true;
  /** Stands for the rows that are shown: a row that was committed later has not been seen. */
  seen = null;
  #newestSeen = null;

  constructor(filter, size) {
    this.filter = filter;
    this.size = size;
  }

  /** The next page: the first, then what is older than the rows before. */
  async next() {
    const page = await this.#page(this.#cursor);
    this.seen ??= page.seen;
    this.#cursor = page.cursor;
    this.hasMore = page.has_more;
    return page;
  }

  /** The newest page again, to see what has arrived; the place of `next` stays. */
  async newest() {
    const page = await this.#page(null);
    this.#newestSeen = page.seen;
    return page;
  }

  /** The rows of the newest page are shown now, too. */
  showNewest() {
    this.seen = this.#newestSeen ?? this.seen;
  }

  async #page(cursor) {
    const query = new URLSearchParams({ read_state: this.filter.readState, limit: this.size });
    if (this.filter.type) query.set("type", this.filter.type);
    if (cursor) query.set("cursor", cursor);
    const page = await call("GET", `/v1/notifications?${query}`);
    const excerpts = new Set(page.excerpts);
    for (const notification of page.notifications) notification.isExcerpt = excerpts.has(notification.id);
    return page;
  }
}
