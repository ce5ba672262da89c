"""The floor of a cold start: a function with only botocore's SQS client, Powertools' logger and pg8000.

It does the minimum of our functions at their first event: logs a line, connects, runs a query, sends a message.
"""

import os
from typing import Any

import botocore.session
from aws_lambda_powertools import Logger
from pg8000 import dbapi


def handler(event: Any, _context: Any) -> dict[str, Any]:
    Logger(service="owlpost").info("lean")
    connection = dbapi.connect(
        host=os.environ["DATABASE_HOST"],
        port=int(os.environ["DATABASE_PORT"]),
        database=os.environ["DATABASE_NAME"],
        user=os.environ["DATABASE_USER"],
        ssl_context=False,
    )
    cursor = connection.cursor()
    cursor.execute("select 1")
    connection.commit()
    queues: Any = botocore.session.Session().create_client("sqs")
    queues.send_message(QueueUrl=os.environ["QUEUE_URL_REQUESTS"], MessageBody="lean")
    return {"answer": cursor.fetchone()[0]}
