"""Stands in for `peripheral worker|api|feed` where a test is about starting and ending them."""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Api(BaseHTTPRequestHandler):
    """Answers what `up` and `status` ask of the API."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        counts = {"bars": 5, "signals": 2, "lag": 0, "dead_letters": {"market.bars.v1": 3}}
        self.wfile.write(json.dumps(counts).encode())


def main() -> None:
    """Be the process that the first argument names."""
    if sys.argv[1] == "api":
        HTTPServer(("127.0.0.1", int(os.environ["PERIPHERAL_API__PORT"])), Api).serve_forever()
    Path(os.environ["PERIPHERAL_READY_FILE"]).touch()
    time.sleep(600)


if __name__ == "__main__":
    main()
