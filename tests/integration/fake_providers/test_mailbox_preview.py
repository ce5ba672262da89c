"""The mailbox serves the preview beside what was sent."""

import httpx

from infra.local.preview.page import page
from infra.local.providers.server import Providers


def test_the_mailbox_leads_to_the_preview_and_serves_it(providers: Providers, http: httpx.Client) -> None:
    mailbox = providers.urls["mailbox"]
    assert 'href="/preview"' in http.get(f"{mailbox}/").text
    answer = http.get(f"{mailbox}/preview")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text == page()
