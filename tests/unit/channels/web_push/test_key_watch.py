"""Whether a refused key is ours altogether, or that of one subscription."""

from uuid import uuid4

from owlpost.channels.web_push.key_watch import SHARED_BY, SHOWS_FOR, KeyWatch

FCM, MOZILLA = "https://fcm.googleapis.com", "https://updates.push.services.mozilla.com"


def test_a_service_that_has_taken_nothing_refuses_us() -> None:
    watch = KeyWatch()
    watch.note(FCM, taken=0, refused=[uuid4()], now=0.0)
    assert not watch.is_of_another_key(FCM, now=0.0)


def test_where_others_of_the_service_are_taken_it_is_the_subscriptions_fault() -> None:
    watch = KeyWatch()
    watch.note(FCM, taken=1, refused=[uuid4()], now=0.0)
    assert watch.is_of_another_key(FCM, now=0.0)
    assert not watch.is_of_another_key(MOZILLA, now=0.0)


def test_what_a_service_took_long_ago_says_nothing_of_today() -> None:
    watch = KeyWatch()
    watch.note(FCM, taken=1, refused=[], now=0.0)
    assert watch.is_of_another_key(FCM, now=SHOWS_FOR)
    assert not watch.is_of_another_key(FCM, now=SHOWS_FOR + 1)


def test_many_that_are_refused_at_once_are_no_coincidence() -> None:
    watch = KeyWatch()
    watch.note(FCM, taken=1, refused=[], now=0.0)
    for _ in range(SHARED_BY):
        assert watch.is_of_another_key(FCM, now=1.0)
        watch.note(FCM, taken=0, refused=[uuid4()], now=1.0)
    assert not watch.is_of_another_key(FCM, now=1.0)
    watch.note(FCM, taken=1, refused=[], now=2.0)
    assert watch.is_of_another_key(FCM, now=2.0)
