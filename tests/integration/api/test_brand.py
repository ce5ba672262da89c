"""An installation of a host: its name, colour and logo are everywhere, and ours nowhere."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

from infra.local.preview.specimens import DIRECT, THEN, WEB, Kept
from infra.local.preview.states import STATES
from owlpost.channels.email.direct import SentAtOnce
from owlpost.channels.email.render import MailRenderer
from owlpost.domain.brand import Brand
from owlpost.domain.types import configurable_types
from owlpost.words import languages
from tests.support.mails import delivery, notification

HOST = {"BRAND_NAME": "Falcon & Co", "BRAND_COLOUR": "#ffd200", "BRAND_LOGO": "https://cdn.falcon.example/mark.png"}
BRAND = Brand.of(HOST)
RENDER = MailRenderer(WEB, "a secret of some length", BRAND)
OURS = re.compile(r"Owlmetry|Owlpost\b|owl\.png|touch\.png|#3547c8|#a3b0ff|#5566ea")
#: Every page, asset and policy that the function gives out, in a process that has the host's settings.
SERVED = """
import json
from functions.dashboard.assets import assets
from functions.dashboard.languages import languages
from functions.dashboard.main import handler
from functions.dashboard.pages import PAGES

class Context:
    function_name = "dashboard"; memory_limit_in_mb = 512; aws_request_id = "1"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:dashboard"

def get(path, language):
    http = {"method": "GET", "path": path, "sourceIp": "203.0.113.7"}
    return handler({
        "version": "2.0", "rawPath": path, "rawQueryString": "", "cookies": ["token=1", f"owlpost-locale={language}"],
        "headers": {"host": "x"}, "requestContext": {"http": http, "stage": "$default"}, "isBase64Encoded": False,
    }, Context())

paths = [*PAGES, "/dashboard/login", "/dashboard/nowhere", "/invite/accept", "/manifest.webmanifest", assets().url("page.css")]
paths += ["/sw.js", "/assets/owl.png", "/assets/touch.png"]
answers = [get(path, language) for path in paths for language in languages()]
print(json.dumps([[each["body"], each["headers"]["content-security-policy"]] for each in answers]))
"""


def test_every_mail_in_every_language_is_the_hosts() -> None:
    mails = [
        RENDER(replace(delivery(), notification=notification(kind.key), locale=language))
        for kind in configurable_types()
        for language in languages()
    ]
    kept = Kept()
    ordinary = next(state for state in STATES if state.key == "ordinary")
    for template, (values, link) in DIRECT.items():
        for language in languages():
            direct = SentAtOnce(kept, WEB, lambda: THEN, brand=BRAND)
            direct.send("a@b.example", template, values(ordinary.words), link=link, locale=language)
    for mail in [*mails, *(message.mail for message in kept.messages)]:
        assert not OURS.search(mail.subject + mail.html + mail.text)
        assert "Falcon &amp; Co" in mail.html
        assert 'src="https://cdn.falcon.example/mark.png"' in mail.html


def test_every_page_in_every_language_is_the_hosts_and_may_load_its_logo_and_no_other_picture() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SERVED], env={**os.environ, **HOST}, check=True, capture_output=True, text=True
    )
    answers = json.loads(ran.stdout.splitlines()[-1])
    for body, policy in answers:
        assert not OURS.search(body), OURS.search(body)
        assert "img-src 'self' data: https://cdn.falcon.example/mark.png;" in policy
    pages = [body for body, _ in answers if body.startswith("<!doctype")]
    assert len(pages) > 10
    assert all("· Falcon &amp; Co</title>" in body for body in pages)
    assert all('href="https://cdn.falcon.example/mark.png"' in body for body in pages)
    assert all('<link rel="apple-touch-icon" href="https://cdn.falcon.example/mark.png">' in body for body in pages)
    assert any('ICON = "https://cdn.falcon.example/mark.png"' in body for body, _ in answers)
    assert any(f"--owl-accent: light-dark({BRAND.mails.light}, {BRAND.mails.dark})" in body for body, _ in answers)
