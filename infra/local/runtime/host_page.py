"""Stands in for the product's own pages: a notification links into the product, of which a laptop has nothing.

In an account those paths are the product's, on the same site; here a click should lead somewhere that says so.
"""

import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from infra.local.runtime.http_server import Request, Response

STYLE = (Path(__file__).parents[1] / "pages" / "frame.css").read_text(encoding="utf-8")
#: What a producer's link opens, by its path below `/dashboard/`: a page for each, with its id, or one for all.
ONE = {"feedback": "a feedback", "questionnaires": "a questionnaire's answers", "projects": "a project"}
ALL = {"issues": "the issues", "jobs": "the jobs", "reviews": "the reviews of an app"}
PATH = re.compile(rf"/dashboard/(?:({'|'.join(ONE)})/[^/]+|({'|'.join(ALL)}))/?")
INBOX = "/dashboard/notifications"
HEADERS = [
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"),
    ("cache-control", "no-store"),
]
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · your product</title>
<style>{style}
main {{ max-width: 42rem; margin: 10vh auto; padding: 24px 28px; background: var(--paper); border: 1px solid var(--line);
  border-radius: var(--radius); }}
main h1 {{ font-size: 24px; }} code {{ overflow-wrap: anywhere; }} main a {{ color: var(--accent); }}</style>
</head>
<body><main>
<h1>Here your product shows {title}</h1>
<p>The notification links to <code>{target}</code>, which is a page of your product, on the same site.
On this machine there is only Owlpost, so this page stands in for it.</p>
<p><a href="{inbox}">Back to the inbox</a></p>
</main></body>
</html>
"""


def host_page(request: Request) -> Response | None:
    """Return the page that stands in for the product's; None if the path is not one that a producer links to."""
    found = PATH.fullmatch(urlsplit(request.target).path)
    if found is None or request.method not in {"GET", "HEAD"}:
        return None
    title = ONE.get(found[1]) or ALL[found[2]]
    page = PAGE.format(title=title, target=escape(request.target[:500]), style=STYLE, inbox=INBOX)
    return Response(200, page.encode() if request.method == "GET" else b"", HEADERS)
