"""Whether a refused key is ours altogether, or that of one subscription."""

from uuid import uuid4

from owlpost.channels.web_push.key_watch import SHARED_BY, SHOWS_FOR, KeyWatch

FCM, MOZILLA = "https://fcm.googleapis.com", "https://updates.push.services.mozilla.com"


def test_a_service_that_has_taken_nothing_refuses_us() -> None:
    assert not KeyWatch().refuses_one(FCM, uuid4(), now=0.0)


def test_where_others_of_the_service_are_taken_it_is_the_subscriptions_fault() -> None:
    watch = KeyWatch()
    watch.took(FCM, now=0.0)
    assert watch.refuses_one(FCM, uuid4(), now=0.0)
    assert not watch.refuses_one(MOZILLA, uuid4(), now=0.0)


def test_what_a_service_took_long_ago_says_nothing_of_today() -> None:
    watch = KeyWatch()
    watch.took(FCM, now=0.0)
    assert watch.refuses_one(FCM, uuid4(), now=SHOWS_FOR)
    assert not watch.refuses_one(FCM, uuid4(), now=SHOWS_FOR + 1)


def test_many_that_are_refused_at_once_are_no_coincidence() -> None:
    watch, same = KeyWatch(), uuid4()
    watch.took(FCM, now=0.0)
    assert all(watch.refuses_one(FCM, same, now=1.0) for _ in range(SHARED_BY))
    found = [watch.refuses_one(FCM, uuid4(), now=1.0) for _ in range(SHARED_BY)]
    assert found == [True] * (SHARED_BY - 2) + [False] * 2
    watch.took(FCM, now=2.0)
    assert watch.refuses_one(FCM, same, now=2.0)
