"""The push client: many calls over one connection, and no call waits for ever."""

import asyncio
import gc
import socket

import pytest
from h2.settings import SettingCodes

from owlpost.channels.http2.client import Patience, PushClient, tls_context
from owlpost.channels.http2.exchange import Call, Response
from owlpost.domain.errors import TransientFault
from tests.support.push_server import (
    HEADERS,
    Play,
    PushServer,
    PushStage,
    Session,
    answer_all,
    say_nothing,
    statuses,
    told,
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> PushStage:
    return PushStage(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def play(stage: PushStage) -> Play:
    return stage.play


def test_calls_are_answered_each_with_its_own_answer(play: Play) -> None:
    async def story(server: PushServer) -> None:
        calls = await server.exchange(*(f"{number}".encode() for number in range(250)))
        bodies = [call.answer.body for call in calls if isinstance(call.answer, Response)]
        assert bodies == [f"{number}".encode() for number in range(250)]

    play(story, answer_all)


def test_one_connection_serves_many_exchanges(play: Play) -> None:
    async def story(server: PushServer) -> None:
        for _ in range(3):
            assert statuses(await server.exchange(b"a", b"b")) == [200, 200]
        assert len(server.sessions) == 1

    play(story, answer_all)


@pytest.mark.parametrize(("theirs", "ours", "peak"), [(3, 500, 3), (100, 7, 7), (1, 500, 1)])
def test_no_more_calls_are_in_flight_than_both_sides_want(play: Play, theirs: int, ours: int, peak: int) -> None:
    def answer_later(session: Session, stream_id: int) -> None:
        def late() -> None:
            session.answer(stream_id)
            session.flush()

        asyncio.get_running_loop().call_soon(late)

    async def story(server: PushServer) -> None:
        assert set(statuses(await server.exchange(*[b"x"] * 40))) == {200}
        assert server.sessions[0].peak == peak

    play(story, answer_later, settings={SettingCodes.MAX_CONCURRENT_STREAMS: theirs}, limit=ours)


def test_bodies_wait_for_the_servers_windows_to_open(play: Play) -> None:
    async def story(server: PushServer) -> None:
        bodies = [bytes([65 + number]) * 4096 for number in range(40)]  # past the connection's 64 KiB as well
        assert set(statuses(await server.exchange(*bodies))) == {200}
        assert sorted(server.sessions[0].requests.values()) == bodies

    play(story, answer_all, settings={SettingCodes.INITIAL_WINDOW_SIZE: 1000})


def test_one_call_that_is_never_answered_holds_up_no_other(play: Play) -> None:
    def forget_first(session: Session, stream_id: int) -> None:
        if stream_id != 1:
            session.answer(stream_id)

    async def story(server: PushServer) -> None:
        calls = await server.exchange(b"1", b"2", b"3", seconds=30)
        assert statuses(calls) == ["timeout", 200, 200]
        assert told(calls[0]).ambiguous
        assert statuses(await server.exchange(b"4")) == [200]
        assert len(server.sessions) == 1

    play(story, forget_first, patience=Patience(request=2))


def test_a_connection_that_fell_silent_is_given_up(play: Play) -> None:
    async def story(server: PushServer) -> None:
        calls = await server.exchange(b"1", b"2", seconds=30)
        assert statuses(calls) == ["connection_lost"] * 2
        assert statuses(await server.exchange(b"3")) == [200]

    play(story, say_nothing, answer_all, patience=Patience(request=2))


def test_at_the_deadline_only_calls_that_were_sent_are_ambiguous(play: Play) -> None:
    async def story(server: PushServer) -> None:
        sent, waiting = await server.exchange(b"1", b"2", seconds=2)
        assert statuses([sent, waiting]) == ["deadline", "deadline"]
        assert (told(sent).ambiguous, told(waiting).ambiguous) == (True, False)

    play(story, say_nothing, limit=1)


def test_where_nobody_listens_nothing_was_sent(stage: PushStage) -> None:
    async def story() -> None:
        client = PushClient("https://localhost:1", tls_context(str(stage.certificate)), limit=1)
        with pytest.raises(TransientFault) as caught:
            await client.request(Call(HEADERS, b""), deadline=asyncio.get_running_loop().time() + 5)
        assert (caught.value.reason, caught.value.ambiguous) == ("connection_failed", False)

    asyncio.run(story())


def test_a_server_that_no_authority_vouches_for_is_told_nothing(play: Play) -> None:
    async def story(server: PushServer) -> None:
        origin = f"https://{server.client.authority.decode()}"
        stranger = PushClient(origin, tls_context(), limit=1)
        with pytest.raises(TransientFault) as caught:
            await stranger.request(Call(HEADERS, b""), deadline=asyncio.get_running_loop().time() + 5)
        assert (caught.value.reason, caught.value.ambiguous) == ("connection_failed", False)

    play(story, answer_all)


def test_a_closed_client_waits_for_no_goodbye_of_a_connection_that_had_gone_away(play: Play) -> None:
    """Its event loop may not run again, and the socket would stay open."""

    def go_away_and_read_no_more(session: Session, stream_id: int) -> None:
        session.answer(stream_id)
        session.go_away(stream_id)
        session.transport.pause_reading()

    async def story(server: PushServer) -> None:
        for body in (b"1", b"2"):
            assert statuses(await server.exchange(body)) == [200]
        server.client.close()
        await asyncio.sleep(0)
        addresses = {session.transport.get_extra_info("peername") for session in server.sessions}
        assert not addresses & {held.getsockname() for held in gc.get_objects() if is_open(held)}

    play(story, go_away_and_read_no_more, answer_all)


def is_open(held: object) -> bool:
    return isinstance(held, socket.socket) and held.fileno() >= 0
