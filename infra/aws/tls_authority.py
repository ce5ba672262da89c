"""RDS's certificate authority, from the address at which AWS publishes it."""

import ssl
import urllib.request
from pathlib import Path

URL = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"


class NotTheAuthority(Exception):
    """What was fetched is something else."""


def fetch(file: Path) -> None:
    """Raises NotTheAuthority where any certificate in it is not of Amazon RDS: it is all that functions will trust."""
    with urllib.request.urlopen(URL, timeout=30) as answer:
        bundle = answer.read().decode("ascii")
    check(bundle)
    file.write_text(bundle, encoding="ascii")


def check(bundle: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=bundle)
    subjects = [repr(each["subject"]) for each in context.get_ca_certs()]
    if not subjects or not all("('commonName', 'Amazon RDS " in subject for subject in subjects):
        raise NotTheAuthority(f"{URL} answered with other certificates than those of RDS")
