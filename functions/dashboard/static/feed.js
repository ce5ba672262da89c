import { call } from "./api.js";

/** The pages of a list under one filter, `{readState, type, project, team, q}`, in its order; `size` rows each. */
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

  /** Returns the first page, then the next one at each call. */
  async next(size = this.size) {
    const page = await this.#page(this.#cursor, size);
    this.seen ??= page.seen;
    this.#cursor = page.cursor;
    this.hasMore = page.has_more;
    return page;
  }

  /** Returns the newest page again, to find new notifications. It does not move the place of `next`. */
  async newest() {
    const page = await this.#page(null, this.size);
    this.#newestSeen = page.seen;
    return page;
  }

  /** The rows of the newest page are shown now, too. */
  showNewest() {
    this.seen = this.#newestSeen ?? this.seen;
  }

  async #page(cursor, size) {
    const { readState, type, project, team, q } = this.filter;
    const query = new URLSearchParams({ read_state: readState, limit: size });
    const given = { type, project_id: project, team_id: team, q, cursor };
    for (const [name, value] of Object.entries(given)) if (value) query.set(name, value);
    const page = await call("GET", `/v1/notifications?${query}`);
    const excerpts = new Set(page.excerpts);
    for (const notification of page.notifications) notification.isExcerpt = excerpts.has(notification.id);
    return page;
  }
}
