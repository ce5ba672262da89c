"""The correlation id of a request in SQL: the producer's, else the receipt's own id."""

#: For the receipt `r`.
OF_RECEIPT = "coalesce(r.correlation_id, cast(r.id as text))"
#: For the notification `n`, by the primary key of its receipt. Once the receipt is deleted, it is the request's id.
OF_NOTIFICATION = """coalesce(
  (select r.correlation_id from notification_requests r where r.id = n.request_id), cast(n.request_id as text)
)"""
