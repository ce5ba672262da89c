/** Fields in which a letter is a letter. What has just closed is none, though it may have the focus until the next frame. */
const FIELDS = "input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable], dialog[open], :popover-open";

/** Single keys for the inbox, while they are switched on and nobody is typing. `does` maps each key to what it does. */
export class InboxKeys {
  #hear = (event) => this.#press(event);

  constructor(isOn, does) {
    this.isOn = isOn;
    this.does = does;
  }

  start() {
    document.addEventListener("keydown", this.#hear);
  }

  stop() {
    document.removeEventListener("keydown", this.#hear);
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const [target] = event.composedPath();
    if (target.closest?.(FIELDS) || !Object.hasOwn(this.does, event.key) || !this.isOn()) return;
    event.preventDefault();
    this.does[event.key]();
  }
}

/** What each key does to the inbox: to the row, or the head of a fold, that has the cursor. */
export function shortcuts(inbox) {
  const onCurrent = (row, fold) => () => {
    const { current } = inbox.list;
    if (current) (current.rows ? fold : row)(current);
  };
  return {
    j: () => inbox.list.step(1),
    k: () => inbox.list.step(-1),
    o: onCurrent(open, (fold) => fold.toggle()),
    e: onCurrent((row) => done(inbox, row), (fold) => fold.act("done")),
    u: onCurrent((row) => inbox.acts.toggleRead(row), (fold) => fold.act("read")),
    s: onCurrent((row) => inbox.menu.open(row, row.menu), () => null),
    "#": onCurrent((row) => inbox.acts.act("delete", [row]), (fold) => fold.act("delete")),
    z: () => inbox.acts.undoLast(),
    "/": () => inbox.bar.search.focus(),
    "?": () => inbox.openHelp(),
  };
}

function open(row) {
  row.element.querySelector("h3 a")?.click();
}

function done(inbox, row) {
  if (inbox.list.readState !== "done") inbox.acts.act("done", [row]);
}
