"""What becomes of calls when the connection goes: sent again where that is safe, called ambiguous where it is not known."""

import pytest
from h2.errors import ErrorCodes

from owlpost.channels.http2.client import Patience
from tests.support.push_server import Play, PushServer, PushStage, Session, answer_all, hang_up, statuses, told


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Play:
    return PushStage(tmp_path_factory.mktemp("certificate")).play


def test_calls_that_a_goaway_left_unprocessed_are_sent_again_and_the_others_still_answered(play: Play) -> None:
    def leave_after_two(session: Session, stream_id: int) -> None:
        if stream_id == 5:  # the third request: the first two are answered after the GOAWAY
            session.go_away(last_stream_id=3)
            session.answer(1)
            session.answer(3)

    async def story(server: PushServer) -> None:
        calls = await server.exchange(b"1", b"2", b"3", b"4")
        assert statuses(calls) == [200] * 4
        assert sorted(server.sessions[1].requests.values()) == [b"3", b"4"]

    play(story, leave_after_two, answer_all)


def test_a_call_that_a_goaway_may_have_processed_and_nobody_answered_is_ambiguous(play: Play) -> None:
    def leave(session: Session, stream_id: int) -> None:
        if stream_id == 3:
            session.go_away(last_stream_id=1)
            session.transport.close()

    async def story(server: PushServer) -> None:
        first, second = await server.exchange(b"1", b"2")
        assert statuses([first, second]) == ["connection_lost", 200]
        assert told(first).ambiguous

    play(story, leave, answer_all)


def test_a_server_that_only_ever_goes_away_is_given_up(play: Play) -> None:
    def leave(session: Session, _stream_id: int) -> None:
        session.go_away(last_stream_id=0)

    async def story(server: PushServer) -> None:
        calls = await server.exchange(b"1", b"2")
        assert statuses(calls) == ["connection_lost"] * 2
        assert not told(calls[0]).ambiguous
        assert len(server.sessions) == 3

    play(story, leave)


def test_calls_lost_with_the_connection_are_ambiguous_and_those_never_sent_go_on(play: Play) -> None:
    async def story(server: PushServer) -> None:
        lost, sent = await server.exchange(b"1", b"2")
        assert statuses([lost, sent]) == ["connection_lost", 200]
        assert told(lost).ambiguous

    play(story, hang_up, answer_all, limit=1)


def test_a_refused_stream_is_sent_again(play: Play) -> None:
    def refuse_first(session: Session, stream_id: int) -> None:
        if stream_id == 1:
            session.http2.reset_stream(stream_id, ErrorCodes.REFUSED_STREAM)
        else:
            session.answer(stream_id)

    async def story(server: PushServer) -> None:
        assert statuses(await server.exchange(b"1")) == [200]

    play(story, refuse_first)


@pytest.mark.parametrize(("code", "ambiguous"), [(ErrorCodes.REFUSED_STREAM, False), (ErrorCodes.INTERNAL_ERROR, True)])
def test_a_reset_stream_says_whether_it_was_processed(play: Play, code: ErrorCodes, ambiguous: bool) -> None:  # noqa: FBT001 (a row of the table above)
    async def story(server: PushServer) -> None:
        (call,) = await server.exchange(b"1")
        assert statuses([call]) == ["stream_reset"]
        assert told(call).ambiguous is ambiguous

    play(story, lambda session, stream_id: session.http2.reset_stream(stream_id, code))


def test_a_connection_that_ended_between_exchanges_is_replaced_unnoticed(play: Play) -> None:
    async def story(server: PushServer) -> None:
        await server.exchange(b"1")
        server.sessions[0].transport.close()
        assert statuses(await server.exchange(b"2", b"3")) == [200, 200]
        assert len(server.sessions) == 2

    play(story, answer_all)


def test_calls_written_to_a_connection_that_was_long_dead_are_sent_again_once(play: Play) -> None:
    def answer_first(session: Session, stream_id: int) -> None:
        session.answer(stream_id) if stream_id == 1 else session.transport.abort()

    async def story(server: PushServer) -> None:
        await server.exchange(b"1")
        assert statuses(await server.exchange(b"2", b"3")) == [200, 200]
        assert len(server.sessions) == 2

    play(story, answer_first, answer_all)


def test_a_call_lost_twice_is_ambiguous(play: Play) -> None:
    def answer_first(session: Session, stream_id: int) -> None:
        session.answer(stream_id) if stream_id == 1 else session.transport.abort()

    async def story(server: PushServer) -> None:
        await server.exchange(b"1")
        (call,) = await server.exchange(b"2")
        assert statuses([call]) == ["connection_lost"]
        assert told(call).ambiguous

    play(story, answer_first, hang_up)


def test_after_a_pause_a_connection_is_asked_for_a_sign_of_life(play: Play) -> None:
    async def story(server: PushServer) -> None:
        await server.exchange(b"1")
        server.sessions[0].transport.pause_reading()  # as a firewall that forgot us: no end, no answer
        assert statuses(await server.exchange(b"2")) == [200]
        assert len(server.sessions) == 2

    play(story, answer_all, patience=Patience(idle=-1, ping=0.05))


def test_a_lively_connection_outlives_a_pause(play: Play) -> None:
    async def story(server: PushServer) -> None:
        await server.exchange(b"1")
        assert statuses(await server.exchange(b"2")) == [200]
        assert len(server.sessions) == 1

    play(story, answer_all, patience=Patience(idle=-1))


def test_a_server_that_breaks_a_rule_is_left_and_what_it_was_told_is_ambiguous(play: Play) -> None:
    def break_a_rule(session: Session, stream_id: int) -> None:
        if stream_id == 3:
            session.answer(1)
            session.flush()
            session.transport.write(b"\0\0\x04\x01\x04\0\0\0\x03\x88\0\0\0")  # a name and a value of no length

    async def story(server: PushServer) -> None:
        answered, lost = await server.exchange(b"1", b"2")
        assert statuses([answered, lost]) == [200, "connection_lost"]
        assert told(lost).ambiguous
        assert statuses(await server.exchange(b"3")) == [200]
        assert len(server.sessions) == 2

    play(story, break_a_rule, answer_all)
