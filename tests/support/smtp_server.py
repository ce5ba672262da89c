"""A mail server on loopback by aiosmtpd: it keeps what it takes, and misbehaves in each phase as a test says."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from infra.local.providers.certificate import ensure_certificate

USER, PASSWORD = "owl", "by the lake at night"


@dataclass
class PostOffice:
    """`replies` are by phase (MAIL, RCPT, DATA) and a part of the address; `hang_up` is a phase, or END, after the content.

    `late` is in seconds, after the content was taken. Methods have the names that aiosmtpd calls.
    """

    certificate: Path
    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    replies: dict[tuple[str, str], str] = field(default_factory=dict)
    hang_up: str = ""
    late: float = 0.0
    connections: int = 0

    def settings(self, **changes: str) -> dict[str, str]:
        return {
            "MAIL_SENDER": "smtp",
            "SMTP_HOST": "localhost",
            "SMTP_PORT": str(self.port),
            "SMTP_USERNAME": USER,
            "SMTP_PASSWORD": PASSWORD,
            "SMTP_CA_FILE": str(self.certificate),
            "EMAIL_FROM": "Owlmetry <owl@owls.example>",
            "WEB_URL": "https://owl.example.com",
            **changes,
        }

    def mailed(self) -> list[str]:
        return [str(mail["To"]) for mail in self.taken]

    def _reply(self, server: SMTP, phase: str, address: str) -> str | None:
        if self.hang_up == phase and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return next((reply for (at, part), reply in self.replies.items() if at == phase and part in address), None)

    async def handle_MAIL(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]
    ) -> str:
        envelope.mail_from = address
        return self._reply(server, "MAIL", address) or "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]
    ) -> str:
        if reply := self._reply(server, "RCPT", address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802 (the name that aiosmtpd calls)
        if reply := self._reply(server, "DATA", envelope.rcpt_tos[0]):
            return reply
        mail = BytesParser(_class=EmailMessage, policy=default).parsebytes(envelope.original_content or b"")
        self.taken.append(mail)
        await asyncio.sleep(self.late)
        self._reply(server, "END", envelope.rcpt_tos[0])
        return f"250 2.0.0 queued as {len(self.taken)}"


class _Counting(SMTP):
    office: PostOffice

    def connection_made(self, transport: Any) -> None:
        self.office.connections += self.transport is None
        super().connection_made(transport)


def _accepts(_: SMTP, __: Session, ___: Envelope, mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known and mechanism in {"LOGIN", "PLAIN"}, handled=False)


@contextmanager
def post_office(folder: Path, *, tls: bool = True) -> Iterator[PostOffice]:
    """Run a server that wants STARTTLS and a login; without `tls` it offers neither."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    ensure_certificate(certificate, key)
    office = PostOffice(certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    secured: dict[str, Any] = {"tls_context": context, "require_starttls": True, "authenticator": _accepts}
    secured["auth_required"] = True
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        server = _Counting(office, hostname="localhost", loop=loop, **(secured if tls else {}))
        server.office = office
        return server

    thread = threading.Thread(target=loop.run_forever, name="post office")
    thread.start()
    server = asyncio.run_coroutine_threadsafe(loop.create_server(protocol, "127.0.0.1", 0), loop).result()
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    """Close the server, and end what its connections still do."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
