"""Say what somebody has to do: a sentence for each incident, with the command that ends it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from owlpost.db.operator.holds import OpenHold
from owlpost.db.operator.overview import ChannelLoad, Pause, StatusCount
from owlpost.db.operator.signs import Bounces, Storm, Troubled
from owlpost.domain.canary import Sight, Verdict
from owlpost.domain.channels import NOTIFICATION_CHANNELS, credentials
from owlpost.domain.explanations import explain
from owlpost.domain.provider_reasons import ProviderReason
from owlpost.domain.queue_names import REQUESTS
from owlpost.domain.reasons import Reason

#: A function's clock may differ from the database's by this much.
SKEW_SECONDS = 5.0
#: A share says little where few deliveries ended. The alarm *failure rate* has the same bounds.
ENOUGH, FAILED_SHARE = 20, 0.05
#: Seconds. What is due takes longer than this at the rate of now.
LONG_BACKLOG = 1_800
#: A rate says little before.
WARMED_UP = timedelta(minutes=2)
#: Resend answers so to an unknown key, too: see `channels.email.resend_answers`.
OF_ONE_MAIL = frozenset({ProviderReason.VALIDATION_ERROR})
#: Two sweeps have passed by what is due for longer.
PASSED_BY = timedelta(minutes=10)
#: A hold without an end is for an incident, and none takes longer.
FORGOTTEN = timedelta(days=1)
#: Resend pauses an account above these shares (resend.com/docs, "Account quotas and limits"); of few mails they say little.
BOUNCED_SHARE, COMPLAINED_SHARE, FEW_GIVEN_UP = 0.04, 0.0008, 3


def canary(sights: Sequence[Sight]) -> Iterator[str]:
    """Name each channel whose canary does not come through, or is not sent."""
    for one in sights:
        last = f"last came through {one.last_through:%Y-%m-%d %H:%M} UTC" if one.last_through else "never came through"
        if one.verdict is Verdict.SILENT:
            yield f"No canary goes out over {one.channel} since {one.sent_at:%H:%M} UTC: see *canary* in the runbook."
        if one.verdict is Verdict.MISSED:
            why = (
                f"{one.reason}: {explain(one.reason).meaning}"
                if one.reason
                else "it took too long, and no reason is known"
            )
            yield f"The canary over {one.channel} did not come through ({why}). It {last}: see *canary* in the runbook."


def dead_letters(depths: dict[str, int]) -> Iterator[str]:
    """Name each dead-letter queue that holds messages."""
    for name, depth in depths.items():
        if not depth:
            continue
        queue = name.removesuffix("-dlq")
        again = (
            f" --channel {queue}" if queue in NOTIFICATION_CHANNELS else " --requests" if queue == REQUESTS else None
        )
        remedy = f" Once the cause is mended: owlpost redrive{again}." if again else ""
        yield f"About {depth} {_of(depth, 'dead letter', 'dead letters')} in {name}: owlpost dead-letters {queue}.{remedy}"


def pause(one: Pause) -> str:
    """Name a provider that refuses us. Its code alone may sound as if it were about one mail, so its variables are named."""
    variables = [
        name for credential in credentials() if credential.provider == one.provider for name in credential.variables
    ]
    known = explain(one.reason)
    why = "" if one.reason in OF_ONE_MAIL else f": {known.meaning}"
    since = f"{one.channel} waits for {one.provider} since {one.opened_at:%Y-%m-%d %H:%M:%S} UTC"
    if not variables:  # not a provider: the adapter itself raised
        return f"{since}{why}. {known.remedy}"
    look = f"Look at {', '.join(variables)} and the account" if one.reason in OF_ONE_MAIL else known.remedy.rstrip(".")
    return f"{since}, which refuses us as {one.reason}{why}. {look}; once it is mended, all goes on by itself."


def clock(skew: float) -> Iterator[str]:
    """Name a clock that is wrong."""
    if abs(skew) > SKEW_SECONDS:
        yield f"This function's clock differs from the database's by {skew} s."


def overdue(loads: Sequence[ChannelLoad]) -> Iterator[str]:
    """Name channels with deliveries that are an hour late."""
    for load in loads:
        if load.overdue:
            yield f"{_deliveries(load.overdue)} of {load.channel} should have ended an hour ago: owlpost audit names them."


def failures(statuses: Sequence[StatusCount]) -> Iterator[str]:
    """Name channels of which more than a few in a hundred failed in the last hour, with the reason of most."""
    for channel in sorted({each.channel for each in statuses}):
        ended = [each for each in statuses if each.channel == channel and each.status in ("sent", "failed")]
        failed = [each for each in ended if each.status == "failed" and each.error]
        number, total = sum(each.deliveries for each in failed), sum(each.deliveries for each in ended)
        if total < ENOUGH or number <= FAILED_SHARE * total:
            continue
        error = str(max(failed, key=lambda each: each.deliveries).error)
        reason = explain(error)
        yield (
            f"{number} of {total} deliveries of {channel} failed in the last hour, most as {error}: {reason.meaning}."
            f" Mend that, then owlpost redrive --channel {channel} --error {error} --since 2h."
        )


def repeated(troubled: Sequence[Troubled], paused: Collection[str]) -> Iterator[str]:
    """Name channels whose deliveries are tried again and again while none is sent; one that is paused is named already."""
    for one in troubled:
        if not one.repeated or one.others_pass or one.channel in paused:
            continue
        if one.error == Reason.MASS_DEAD_TOKENS:
            yield f"{one.channel}: {Reason.MASS_DEAD_TOKENS.meaning}. {Reason.MASS_DEAD_TOKENS.remedy}"
            continue
        yield (
            f"{_deliveries(one.repeated)} of {one.channel} {_of(one.repeated, 'was', 'were')} tried in vain and none was"
            f" sent since, most for {one.error}:"
            f" {explain(str(one.error)).meaning}. Nothing is lost. See the provider's status page; what is given up"
            f" meanwhile goes again by owlpost redrive --channel {one.channel}."
        )


def untaken(troubled: Sequence[Troubled], emptied: Collection[str], at: datetime) -> Iterator[str]:
    """Name channels whose due deliveries nobody takes: their messages are lost, or no worker runs."""
    for one in troubled:
        if not one.untaken or one.untaken_since is None:
            continue
        due = f"{_deliveries(one.untaken)} of {one.channel} {_of(one.untaken, 'is', 'are')} due"
        since = f"{due} since {one.untaken_since:%H:%M:%S} UTC"
        if one.channel in emptied:
            yield (
                f"{since}, and its queue is empty: their messages are lost. A sweep queues them again within five minutes;"
                " if none does, see *sweep heartbeat* in the runbook."
            )
        elif at - one.untaken_since > PASSED_BY and (one.attempted_at is None or at - one.attempted_at > PASSED_BY):
            yield f"{since}, and no worker has taken one for ten minutes: see *oldest due* in the runbook."


def backlog(loads: Sequence[tuple[ChannelLoad, float | None]], at: datetime) -> Iterator[str]:
    """Name channels that have too much to do; `loads` are with the seconds until all that is due is out."""
    for load, seconds in loads:
        has_a_rate = load.oldest is not None and at - load.oldest > WARMED_UP
        if has_a_rate and seconds is not None and seconds > LONG_BACKLOG:
            yield (
                f"{_deliveries(load.due)} of {load.channel} {_of(load.due, 'is', 'are')} due, which takes"
                f" {seconds / 60:,.0f} minutes at the rate of now:"
                " owlpost top says who sends them, owlpost hold --why TEXT stops them."
            )


def storms(found: Sequence[Storm]) -> Iterator[str]:
    """Name who repeats themselves to the same people, as long as something of it can be stopped."""
    for storm in found:
        who = f"Producer {storm.producer}" if storm.producer else "Somebody"
        what = f"--producer {storm.producer} --type {storm.type}" if storm.producer else f"--type {storm.type}"
        yield (
            f"{who} sends a storm of {storm.type}: {storm.deliveries} deliveries to {storm.people} people are pending,"
            f' up to {storm.most} to one. owlpost hold {what} --why "a storm" stops them.'
        )


def bounces(found: Bounces, open_holds: Sequence[OpenHold]) -> Iterator[str]:
    """Name a wave of bounces or complaints, unless mail is held already."""
    given_up = found.bounced + found.complained
    if any(hold.channel in (None, "email") for hold in open_holds) or given_up < FEW_GIVEN_UP:
        return
    if found.bounced > BOUNCED_SHARE * found.mails or found.complained > COMPLAINED_SHARE * found.mails:
        yield (
            f"A wave of bounces: {found.bounced} addresses bounced and {found.complained} complained in the last hour, of"
            f" {found.mails} mails. A provider pauses accounts for that. owlpost hold --channel email"
            ' --why "a wave of bounces" stops mail; owlpost suppressions lists the addresses.'
        )


def forgotten(open_holds: Sequence[OpenHold], at: datetime) -> Iterator[str]:
    """Name holds that nobody has ended for a day."""
    for hold in open_holds:
        if hold.until is None and at - hold.created_at > FORGOTTEN:
            days = (at - hold.created_at).days
            yield (
                f"The hold {hold.id} of {hold.created_by} ({hold.reason}) is {days} {_of(days, 'day', 'days')} old and"
                f" stops {_deliveries(sum(hold.pending.values()))}: owlpost let-go {hold.id} sends them,"
                " --discard gives them up."
            )


def _of(number: int, one: str, many: str) -> str:
    """Return the form of the word that goes with the number."""
    return one if number == 1 else many


def _deliveries(number: int) -> str:
    return f"{number} {_of(number, 'delivery', 'deliveries')}"
