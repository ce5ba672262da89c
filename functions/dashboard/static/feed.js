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

  /** Returns the first page, then the next older one at each call. */
  async next() {
    const page = await this.#page(this.#cursor);
    this.seen ??= page.seen;
    this.#cursor = page.cursor;
    this.hasMore = page.has_more;
    return page;
  }

  /** Returns the newest page again, to find new notifications. It does not move the place of `next`. */
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
