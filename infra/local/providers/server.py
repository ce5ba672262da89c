"""All fake providers on one asyncio loop in a background thread."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Self

from infra.local.providers import apns_catalogue, fcm_catalogue
from infra.local.providers.apns import Apns
from infra.local.providers.chats import CHATS, chats
from infra.local.providers.credentials import Credentials
from infra.local.providers.exchange import Answer, Application, Request, behind_door
from infra.local.providers.faults import FaultPlan
from infra.local.providers.fcm import Fcm
from infra.local.providers.http2 import Http2
from infra.local.providers.ledger import Ledger
from infra.local.providers.listener import LOOPBACK, Connections, Endpoint, PortBook
from infra.local.providers.mailbox import Mailbox
from infra.local.providers.oauth import TokenEndpoint
from infra.local.providers.rate_limit import RateLimit
from infra.local.providers.receiver import Receiver
from infra.local.providers.resend import DAY, Resend
from infra.local.providers.slack import TOKEN
from infra.local.providers.telegram import Telegram
from infra.local.providers.web_push import WebPush
from infra.local.providers.web_push_browsers import Browsers
from infra.local.providers.webhooks import Webhooks
from owlpost.domain.brand import OWL, Brand

if TYPE_CHECKING:
    import socket
    from pathlib import Path

NAMES = ("resend", "apns", "fcm", "mailbox", "webhook", "web_push", "telegram", *CHATS)
PLAIN = {"resend", "mailbox", "webhook", "web_push", "telegram", *CHATS}
#: What people open in a browser, by links too.
PAGES = {"mailbox"}
FLUSH_EACH = 0.05  # seconds
FCM_STREAMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of the fakes. A port of 0 is that of the last start, else a free one. Windows are in seconds."""

    ports: Mapping[str, int] = field(default_factory=dict)
    resend_rate: int | None = 10
    idempotency_window: float = DAY
    apns_streams: int = 1000
    #: The address of Resend's webhooks, as a customer enters it there.
    webhook_url: str | None = None
    #: Where the console is, if somebody serves one: the mailbox links to it.
    console_url: str | None = None
    #: What the mailbox shows.
    brand: Brand = OWL
    #: The free plan's quota of mails in a day; None for a plan without one.
    resend_daily_quota: int | None = None
    #: Called with the provider's name and each request with its answer.
    observe: Callable[[str, Request, Answer], None] | None = None
    clock: Callable[[], float] = time.time


class Providers:
    """The fake providers and the mailbox, over one ledger; a context manager, too."""

    def __init__(self, data_dir: "Path", options: Options | None = None) -> None:
        self._options = options or Options()
        self.credentials = Credentials(data_dir)
        self.ledger = Ledger(data_dir / "ledger.sqlite")
        self.browsers = Browsers(data_dir)
        self.faults = FaultPlan()
        self.resend_limit = RateLimit(self._options.resend_rate)
        self._book = PortBook(data_dir / "ports.json")
        self.connections = Connections()
        self._sockets: dict[str, socket.socket] = {}
        self.urls: dict[str, str] = {}

    def start(self) -> Self:
        """Bind the ports and serve. Return when connections are accepted. Raises OSError if a wanted port is taken."""
        for name in NAMES:
            self._sockets[name] = self._book.bind(name, self._options.ports.get(name, 0))
            self.urls[name] = f"{_scheme(name)}://{LOOPBACK}:{self._sockets[name].getsockname()[1]}"
        self.credentials.write_service_account(token_uri=self._token_uri)
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="fake-providers", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Cut all connections, write the ledger and close it."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self.ledger.close()

    def announcement(self) -> dict[str, str]:
        """Return all that a client has to know: addresses, files and identifiers."""
        accounts = self.credentials.accounts
        return self.urls | {
            "ca": str(self.credentials.certificate),
            "apns_key": str(self.credentials.apns_key_path),
            "apns_key_id": accounts.apns_key_id,
            "apns_team_id": accounts.apns_team_id,
            "apns_bundle_id": accounts.apns_bundle_id,
            "fcm_service_account": str(self.credentials.service_account_path),
            "resend_api_key": accounts.resend_api_key,
            "resend_webhook_secret": accounts.resend_webhook_secret,
            "telegram_token": accounts.telegram_token,
            "slack_bot_token": TOKEN,
        }

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _token_uri(self) -> str:
        return f"{self.urls['fcm']}/token"

    def _run(self) -> None:
        # The runner also ends connections that still agree on TLS: a closed loop would tell each with a traceback.
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        servers = [await self._listen(endpoint) for endpoint in self._endpoints()]
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), FLUSH_EACH)
            self.ledger.flush()
        for server in servers:
            server.close()
        self.connections.cut()
        await asyncio.sleep(0)  # the loop tells the cut connections in its next turn

    async def _listen(self, endpoint: Endpoint) -> asyncio.Server:
        return await self._loop.create_server(
            lambda: self.connections.front(endpoint),
            sock=self._sockets[endpoint.name],
            ssl=endpoint.tls(self.credentials),
        )

    def _endpoints(self) -> list[Endpoint]:
        known = [self._resend(), self._apns(), self._fcm(), self._mailbox(), self._receiver(), self._web_push()]
        apps = chats(self.ledger, self.faults, self._options.clock)
        return [*known, self._telegram(), *(self._plain(name, application) for name, application in apps.items())]

    def _behind_door(self, name: str, application: Application) -> Application:
        """Return the application of the port of that name: no foreign page is answered, `observe` is told of each request."""
        observe = self._options.observe

        def observed(request: Request) -> Answer:
            answer = application(request)
            if observe is not None:
                observe(name, request, answer)
            return answer

        return behind_door(observed if observe else application, pages=name in PAGES, scheme=_scheme(name))

    def _resend(self) -> Endpoint:
        resend = Resend(
            ledger=self.ledger,
            faults=self.faults,
            api_key=self.credentials.accounts.resend_api_key,
            limit=self.resend_limit,
            clock=self._options.clock,
            idempotency_window=self._options.idempotency_window,
            daily_quota=self._options.resend_daily_quota,
        )
        return Endpoint(
            name="resend",
            http1=self._behind_door("resend", resend.handle),
            down=lambda: self.faults.refuses_connections("resend"),
        )

    def _mailbox(self) -> Endpoint:
        options, secret = self._options, self.credentials.accounts.resend_webhook_secret
        webhooks = Webhooks(ledger=self.ledger, url=options.webhook_url, secret=secret, clock=options.clock)
        mailbox = Mailbox(
            ledger=self.ledger,
            faults=self.faults,
            webhooks=webhooks,
            console_url=options.console_url,
            brand=options.brand,
        )
        return Endpoint(name="mailbox", http1=self._behind_door("mailbox", mailbox.handle))

    def _plain(self, name: str, application: Application) -> Endpoint:
        down = partial(self.faults.refuses_connections, name)
        return Endpoint(name=name, http1=self._behind_door(name, application), down=down)

    def _receiver(self) -> Endpoint:
        return self._plain(
            "webhook", Receiver(ledger=self.ledger, faults=self.faults, clock=self._options.clock).handle
        )

    def _web_push(self) -> Endpoint:
        web_push = WebPush(
            ledger=self.ledger,
            faults=self.faults,
            browsers=self.browsers,
            origin=self.urls["web_push"],
            clock=self._options.clock,
        )
        return self._plain("web_push", web_push.handle)

    def _telegram(self) -> Endpoint:
        token = self.credentials.accounts.telegram_token
        telegram = Telegram(ledger=self.ledger, faults=self.faults, token=token, clock=self._options.clock)
        return self._plain("telegram", telegram.handle)

    def _apns(self) -> Endpoint:
        apns = Apns(
            ledger=self.ledger, faults=self.faults, accounts=self.credentials.accounts, clock=self._options.clock
        )
        apns_application = self._behind_door("apns", apns.handle)
        return Endpoint(
            name="apns",
            http2=lambda: Http2(
                apns_application,
                max_streams=self._options.apns_streams,
                complaint=apns_catalogue.TOO_MANY_STREAMS,
                narrows=True,
            ),
            down=lambda: self.faults.refuses_connections("apns"),
        )

    def _fcm(self) -> Endpoint:
        accounts, clock = self.credentials.accounts, self._options.clock
        tokens = TokenEndpoint(accounts=accounts, token_uri=self._token_uri, faults=self.faults, clock=clock)
        fcm = Fcm(
            ledger=self.ledger, faults=self.faults, tokens=tokens, project_id=accounts.fcm_project_id, clock=clock
        )
        fcm_application = self._behind_door("fcm", fcm.handle)
        return Endpoint(
            name="fcm",
            http1=fcm_application,
            http2=lambda: Http2(fcm_application, max_streams=FCM_STREAMS, complaint=fcm_catalogue.TOO_MANY_STREAMS),
            down=lambda: self.faults.refuses_connections("fcm"),
        )


def _scheme(name: str) -> str:
    return "http" if name in PLAIN else "https"
