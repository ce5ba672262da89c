"""Recording a batch in one statement, or row by row if something in it cannot be stored."""

from dataclasses import replace

from owlpost.db.delivery.settle import BatchResult, Settled, SettledRow, settle
from owlpost.db.outage import is_outage
from owlpost.db.session import Database
from owlpost.domain.chat_reasons import ChatReason
from owlpost.domain.provider_reasons import ProviderReason
from owlpost.domain.reasons import Reason
from owlpost.observability import count, logger

_KNOWN_REASONS = frozenset({*map(str, Reason), *map(str, ProviderReason), *map(str, ChatReason)})


def record_result(database: Database, result: BatchResult) -> Settled:
    """Record a batch. A row that cannot be stored, for a provider's words in it, is recorded without these words.

    Raises if the database is away, or if even that fails: the lease then ends, and the deliveries are attempted again.
    """
    try:
        return database.persist(lambda connection: settle(connection, result))
    except Exception as error:
        if is_outage(error):
            raise
        logger().exception("settled one by one", extra={"channel": result.channel, "deliveries": len(result.rows)})
        count("SettledOneByOne", channel=result.channel)
    return _record_one_by_one(database, result)


def _record_one_by_one(database: Database, result: BatchResult) -> Settled:
    with database.transaction() as connection:
        common = settle(connection, replace(result, rows=()))
    recorded = frozenset(id_ for row in result.rows for id_ in _record_row(database, result, row).delivery_ids)
    return replace(common, delivery_ids=recorded)


def _record_row(database: Database, result: BatchResult, row: SettledRow) -> Settled:
    alone = replace(result, rows=(row,), dead_devices=(), destinations=(), providers={}, deaths=())
    try:
        with database.transaction() as connection:
            return settle(connection, alone)
    except Exception as error:
        if is_outage(error):
            raise
    with database.transaction() as connection:
        return settle(connection, replace(alone, rows=(_without_words(row),)))


def _without_words(row: SettledRow) -> SettledRow:
    """Return the row with what Owlpost decided, and nothing of what the provider said."""
    known = row.error is None or row.error in _KNOWN_REASONS
    return replace(row, error=row.error if known else Reason.UNREADABLE_ANSWER, attempt_metadata={})
