"""Which texts SQS takes as the body of a message."""

#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
MESSAGE_BYTES = 1_048_576


def is_taken_by_sqs(body: str) -> bool:
    """Return whether the text has the characters of XML 1.0 alone, at least one and at most 1 MiB of them."""
    size = len(body.encode(errors="surrogatepass"))
    allowed = all(c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" for c in body)
    return 0 < size <= MESSAGE_BYTES and allowed
