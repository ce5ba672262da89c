"""A strict reader of a mail's HTML: an error that browsers forgive and mail programs do not is a fault."""

from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
#: The parents of these elements. All others may be anywhere in the body.
PARENTS = {
    "html": {""},
    "head": {"html"},
    "body": {"html"},
    "meta": {"head"},
    "title": {"head"},
    "style": {"head"},
    "table": {"body", "td", "th", "div"},
    "tr": {"table"},
    "td": {"tr"},
    "th": {"tr"},
    "p": {"td", "div"},
    "div": {"body", "td", "div"},
    "h1": {"td", "div"},
}
UNSEEN = frozenset({"title", "style"})


class Markup(HTMLParser):
    """`faults` are sentences. `words` are the visible words in order, with the addresses of links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.links: list[str] = []
        self._seen: list[str] = []
        self._open: list[tuple[str, bool]] = [("", False)]
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag, _ in self._open[1:]]

    @property
    def words(self) -> list[str]:
        return " ".join(self._seen).split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        parent, hidden = self._open[-1]
        self.tags.append(tag)
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> has an attribute twice")
        if parent not in PARENTS.get(tag, {parent}):
            self.faults.append(f"<{tag}> stands in <{parent}>")
        self._follow(tag, dict(attrs))
        if tag not in VOID:
            style = dict(attrs).get("style") or ""
            self._open.append((tag, hidden or tag in UNSEEN or "display:none" in style))

    def _follow(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.loaded += [value or "" for name, value in attributes.items() if name in {"src", "background", "srcset"}]
        if tag == "a":
            self.links.append(attributes.get("href") or "")
            self._seen.append(f" {self.links[-1]} ")

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) == 1 or self._open[-1][0] != tag:
            self.faults.append(f"</{tag}> closes <{self._open[-1][0]}>")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open[-1][1]:
            self._seen.append(data)

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"<![{data}]> stands outside a comment")
