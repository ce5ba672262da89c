"""A running laptop of which only Lambda's Invoke API is there: the command line finds it by the folder."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from infra.local.laptop.instance import Instance


@contextmanager
def published(folder: Path, answering: type[BaseHTTPRequestHandler]) -> Iterator[Path]:
    """Serve by this handler on loopback, and publish the address in the folder until the block ends."""
    with HTTPServer(("127.0.0.1", 0), answering) as server:
        running = Instance(folder)
        running.hold()
        running.publish({"lambda": f"http://127.0.0.1:{server.server_port}"})
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder
        server.shutdown()
        thread.join()
        running.release()
