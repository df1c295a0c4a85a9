"""Serve the emulator by a server that parses HTTP in C: with the emulator's own one, that is most of what a call costs.

In the emulator's environment, beside `host.py`.
"""

import os
import resource
import signal
import sys

import uvicorn

GRACE_SECONDS = 3
KEEP_ALIVE_SECONDS = 75
# Connections that wait to be accepted: a burst of functions must not find a full queue (a second lost by each).
BACKLOG = 2048


def serve(app: object) -> None:
    """Until SIGTERM; the application is told of start and end (its "lifespan"), and then this process ends with 0."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server takes it, shuts down, and raises it again
    uvicorn.run(
        app,  # type: ignore[arg-type]
        host=os.environ["BIND_HOST"],
        port=int(os.environ["GATEWAY_PORT"]),
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,  # the application sets its own headers
        date_header=False,
    )
