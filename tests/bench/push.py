"""Push: one worker over one HTTP/2 connection with TLS, to the fake APNs and to nghttpd, by wall time and by its CPU."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from h2.connection import H2Connection

from owlpost.channels.http2.client import PushClient
from owlpost.channels.http2.exchange import Response
from owlpost.channels.mobile_push.channel import MobilePush, build
from owlpost.domain.messages import DeliveryBatch
from owlpost.domain.outcomes import Outcome, Sent
from tests.bench.figures import Findings, Rate, Ratio, Run, Stopwatch, in_turns
from tests.bench.push_bare import Refused, TunedH2, by_bare_h2
from tests.bench.push_peers import by_aioapns, by_h2load
from tests.bench.push_servers import MISSING, NGHTTPD, PushServer, fake_apns, has_nghttp2, nghttpd
from tests.bench.push_work import DELIVERIES, batch, calls, deliveries, section

IN_FLIGHT = (100, 500)
PUSHES, H2LOAD_PUSHES, ROUNDS = 3_000, 60_000, 9
CONNECTION, CHANNEL = "connection alone", "whole channel"
BARE_H2, TUNED_H2, AIOAPNS, H2LOAD = "bare h2", "bare h2, set up as ours", "aioapns", "h2load"
REACHES = {AIOAPNS: 1.5, BARE_H2: 0.8, TUNED_H2: None, H2LOAD: None}
SECONDS = 60


def measure() -> Findings:
    findings = Findings(f"Push: {PUSHES:,} over one connection, {' and '.join(map(str, IN_FLIGHT))} in flight")
    with TemporaryDirectory() as folder, ExitStack() as servers:
        running = [servers.enter_context(fake_apns(Path(folder, "fakes")))]
        if has_nghttp2():
            running.append(servers.enter_context(nghttpd(Path(folder, "nghttpd"))))
        else:
            findings.notes.append(f"nghttpd and h2load: {MISSING}")
        for server in running:
            for in_flight in IN_FLIGHT:
                _compare(server, in_flight, findings)
    return findings


def _compare(server: PushServer, in_flight: int, findings: Findings) -> None:
    where = f"{server.name}, {in_flight}"
    taken = in_turns(_contenders(server, in_flight), rounds=ROUNDS)
    rates = {name: Rate.of(f"{where}: {name}", runs) for name, runs in taken.items()}
    findings.rates.extend(rates.values())
    findings.ratios.extend(_ratios(where, CONNECTION, rates, REACHES))
    findings.ratios.extend(_ratios(where, CHANNEL, rates, {AIOAPNS: None, CONNECTION: None}))


def _contenders(server: PushServer, in_flight: int) -> Mapping[str, Callable[[], Run]]:
    prepared = calls(server, PUSHES)
    contenders = {
        CONNECTION: _looped(lambda: _by_connection(server, in_flight)),
        CHANNEL: lambda: _by_channel(server, in_flight),
        BARE_H2: _looped(lambda: by_bare_h2(server, prepared, in_flight, H2Connection())),
        TUNED_H2: _looped(lambda: by_bare_h2(server, prepared, in_flight, TunedH2())),
        AIOAPNS: _looped(lambda: by_aioapns(server, deliveries(1), in_flight, PUSHES)),
    }
    if server.name == NGHTTPD:  # h2load does not wait for the server's settings, and Apple's begin with one stream
        contenders[H2LOAD] = lambda: by_h2load(server, prepared, in_flight, H2LOAD_PUSHES)
    return contenders


def _looped(work: Callable[[], Coroutine[Any, Any, Run]]) -> Callable[[], Run]:
    return lambda: asyncio.run(asyncio.wait_for(work(), SECONDS))


async def _by_connection(server: PushServer, in_flight: int) -> Run:
    """Measure the channel's client with prepared requests."""
    client = PushClient(server.origin, server.tls(), limit=in_flight)
    first, *rest = calls(server, PUSHES + 1)
    deadline = asyncio.get_running_loop().time() + SECONDS
    await client.request(first, deadline=deadline)  # opens the connection
    with Stopwatch() as watch:
        await client.exchange(rest, deadline=deadline)
    client.close()
    if not all(isinstance(call.answer, Response) and call.answer.status == 200 for call in rest):
        raise Refused([call.answer for call in rest[:3]])
    return watch.run(len(rest))


def _deliver(channel: MobilePush, of: DeliveryBatch) -> Mapping[UUID, Outcome]:
    """Render and push a batch as the worker does."""
    return channel.deliver(of, {each.id: channel.render(each) for each in of.deliveries}).outcomes


def _by_channel(server: PushServer, in_flight: int) -> Run:
    """Measure the worker's work on batches: token, payload, headers, the push, the outcome."""
    channel = build(section(server))
    assert isinstance(channel, MobilePush)
    batches = [batch(deliveries(in_flight // DELIVERIES)) for _ in range(PUSHES // in_flight)]
    _deliver(channel, batch(deliveries(1)[:1]))
    outcomes: list[object] = []
    with Stopwatch() as watch:
        for each in batches:
            outcomes.extend(_deliver(channel, each).values())
    channel.close()
    if not all(isinstance(outcome, Sent) for outcome in outcomes):
        raise Refused(outcomes[:3])
    return watch.run(PUSHES)


def _ratios(where: str, ours: str, rates: Mapping[str, Rate], reaches: Mapping[str, float | None]) -> list[Ratio]:
    """Return our ratio to each peer. Above 1 is faster, or uses less CPU."""
    ratios = []
    for name, reach in reaches.items():
        if name in rates:
            own, other = rates[ours], rates[name]
            speed, cpu = own.per_second / other.per_second, other.cpu_ms / own.cpu_ms
            ratios.append(Ratio(f"push, {where}: {ours} / {name}, a second", speed, reach, more_is_better=True))
            ratios.append(Ratio(f"push, {where}: CPU of {name} / {ours}", cpu, reach, more_is_better=True))
    return ratios
