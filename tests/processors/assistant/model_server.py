"""A server that speaks the OpenAI wire protocol, with streaming; the model's name is its script."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

TOKENS = ["Buy ", "low, ", "sell ", "high", "."]

REFUSALS = {
    "unauthorized": (401, "invalid_api_key", "Incorrect API key provided: {key}"),
    "busy": (429, "rate_limit_exceeded", "Slow down"),
    "unknown": (404, "model_not_found", "The model does not exist"),
    "busy-once": (429, "rate_limit_exceeded", "Slow down"),
}


class ModelServer:
    """What it was asked, and where it listens."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.calls: Counter[str] = Counter()
        self.url = ""

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        model = body["model"]
        self.requests.append(body)
        self.calls[model] += 1
        if model in REFUSALS and (model != "busy-once" or self.calls[model] == 1):
            status, code, message = REFUSALS[model]
            key = request.headers["authorization"].removeprefix("Bearer ")
            error = {"message": message.format(key=key), "type": code, "code": code}
            return JSONResponse({"error": error}, status)
        return StreamingResponse(stream(model, body), media_type="text/event-stream")


async def stream(model: str, body: dict[str, Any]) -> AsyncIterator[bytes]:
    """Chunks as https://platform.openai.com/docs/api-reference/chat-streaming has them."""
    pause_s = {"slow": 0.4, "silent": 0.0}.get(model, 0.02)
    if model == "silent":
        await asyncio.sleep(2.5)
    said = body["messages"][-1]["content"]
    for text in [f"{said}: ", *TOKENS]:
        yield chunk(model, [{"index": 0, "delta": {"content": text}, "finish_reason": None}])
        await asyncio.sleep(pause_s)
        if model == "broken":
            raise ConnectionAbortedError
    yield chunk(model, [{"index": 0, "delta": {}, "finish_reason": "stop"}])
    yield chunk(model, [], usage={"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12})
    yield b"data: [DONE]\n\n"


def chunk(model: str, choices: list[dict[str, Any]], **more: Any) -> bytes:
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": model,
        "choices": choices,
        **more,
    }
    return f"data: {json.dumps(body)}\n\n".encode()


@contextmanager
def running_model_server() -> Iterator[ModelServer]:
    """The server, in a thread of its own."""
    scripted = ModelServer()
    app = Starlette(routes=[Route("/v1/chat/completions", scripted.complete, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    scripted.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield scripted
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join()
