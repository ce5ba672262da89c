"""What the logs call a request, in SQL: the id that came with it, else its receipt's own."""

#: Of the receipt `r`.
OF_RECEIPT = "coalesce(r.correlation_id, cast(r.id as text))"
#: Of the notification `n`, by one look at the receipt's key. A receipt that is past its retention is known by its id alone.
OF_NOTIFICATION = """coalesce(
  (select r.correlation_id from notification_requests r where r.id = n.request_id), cast(n.request_id as text)
)"""
