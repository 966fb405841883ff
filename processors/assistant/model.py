"""One call of a language model through litellm: messages → pieces of text, or a ModelError.

litellm takes seconds to import and would fetch a price list and read a `.env` file as it does so:
it is loaded at the first call, in a thread, told to do neither, and kept from logging keys.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from streams.settings import AssistantSettings

logger = logging.getLogger(__name__)

REASON_CHARS_MAX = 400
RETRY_DELAYS_S = (1.0, 4.0)
"""Waited before the second and the third call, when the first ones failed before any text."""

Message = dict[str, str]


class Piece(NamedTuple):
    """A bit of the answer. The counts come once, with the last one, where a provider sends them."""

    text: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ModelError(Exception):
    """The model gave no answer. passing: whether another call may succeed."""

    def __init__(self, reason: str, remedy: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.passing = passing


class Failure(NamedTuple):
    """What an exception means, in words. exceptions: names of its class, or of one it derives from.

    Names, since the classes are litellm's, openai's or httpx's, whichever of them noticed first.
    """

    exceptions: tuple[str, ...]
    reason: str
    remedy: str
    passing: bool = False


FAILURES = (
    Failure(
        ("AuthenticationError",),
        "the provider refused the key",
        "Set PERIPHERAL_ASSISTANT__API_KEY to a key that is valid for the model, then start again.",
    ),
    Failure(
        ("PermissionDeniedError",),
        "the key may not use this model",
        "Choose another PERIPHERAL_ASSISTANT__MODEL, or give the key access to it.",
    ),
    Failure(
        ("NotFoundError",),
        "the provider does not know the model",
        "Check the spelling of PERIPHERAL_ASSISTANT__MODEL and that API_BASE is its provider's.",
    ),
    Failure(
        ("RateLimitError",),
        "the provider's rate limit or quota is used up",
        "Wait a minute and post the turn again; if it stays, look at the account's quota.",
        passing=True,
    ),
    Failure(
        ("Timeout", "APITimeoutError", "TimeoutException"),
        "the provider did not answer in time",
        "Post the turn again; PERIPHERAL_ASSISTANT__TIMEOUT_S sets how long is waited.",
        passing=True,
    ),
    Failure(
        ("APIConnectionError", "NetworkError"),
        "the provider can't be reached",
        "Check PERIPHERAL_ASSISTANT__API_BASE and the network, then post the turn again.",
        passing=True,
    ),
    Failure(
        ("ContextWindowExceededError",),
        "the conversation is longer than the model can read",
        "Begin a new conversation, or post a shorter turn.",
    ),
    Failure(
        ("BadRequestError",),
        "the provider refused the request",
        "Check PERIPHERAL_ASSISTANT__MODEL: its form is provider/model, as openai/gpt-4o.",
    ),
)
OTHER = Failure(
    (),
    "the provider failed",
    "Post the turn again; the assistant's log has more.",
    passing=True,
)

UNCONFIGURED = ModelError(
    "no language model is configured",
    "Set PERIPHERAL_ASSISTANT__MODEL (as openai/gpt-4o or ollama/llama3), "
    "PERIPHERAL_ASSISTANT__API_KEY where the provider wants one, and "
    "PERIPHERAL_ASSISTANT__API_BASE for a server of your own; then start again.",
)


class KeyFilter(logging.Filter):
    """Strikes the key out of log records."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage(), self._key), ()
        return True


def redact(text: str, key: str | None) -> str:
    """The text without the key."""
    return text.replace(key, "***") if key else text


@cache
def load_litellm(key: str | None) -> Any:
    """litellm, without network access or a `.env` file at import, and quiet."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    litellm: Any = import_module("litellm")
    litellm.suppress_debug_info = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx", "openai"):
        noisy = logging.getLogger(name)
        noisy.setLevel(logging.WARNING)
        if key:
            noisy.addFilter(KeyFilter(key))
    return litellm


async def load(settings: AssistantSettings) -> Any:
    """litellm, imported in a thread the first time."""
    return await asyncio.to_thread(load_litellm, key_of(settings))


def key_of(settings: AssistantSettings) -> str | None:
    return settings.api_key.get_secret_value() if settings.api_key else None


async def stream_answer(
    settings: AssistantSettings, messages: Sequence[Message]
) -> AsyncGenerator[Piece, None]:
    """The answer as it is written. Raises ModelError.

    A failure that may pass is tried again, but only while there is no text: what was said can't
    be taken back within an attempt.
    """
    if settings.model is None:
        raise UNCONFIGURED
    for delay_s in (*RETRY_DELAYS_S, None):
        said = False
        try:
            async with aclosing(call(settings, messages)) as pieces:
                async for piece in pieces:
                    said = said or bool(piece.text)
                    yield piece
        except ModelError as error:
            if said or delay_s is None or not error.passing:
                raise
            logger.warning("%s; calling again in %g s", error.reason, delay_s)
            await asyncio.sleep(delay_s)
        else:
            return


async def call(
    settings: AssistantSettings, messages: Sequence[Message]
) -> AsyncGenerator[Piece, None]:
    """One request. Raises ModelError."""
    key = key_of(settings)
    litellm = await load(settings)
    try:
        answer = await litellm.acompletion(
            model=settings.model,
            messages=list(messages),
            api_base=settings.api_base,
            api_key=key,
            timeout=settings.timeout_s,
            max_retries=0,
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in answer:
            yield piece_of(chunk)
    except Exception as error:
        raise explain(error, key) from None


def piece_of(chunk: Any) -> Piece:
    text = chunk.choices[0].delta.content if chunk.choices else None
    usage = getattr(chunk, "usage", None)
    if usage is None:
        return Piece(text or "")
    return Piece(text or "", usage.prompt_tokens, usage.completion_tokens)


def explain(error: Exception, key: str | None) -> ModelError:
    """What a failed call means and what to do; never with the key."""
    failure = next(filter(None, map(known_failure, chain_of(error))), OTHER)
    said = redact(" ".join(str(error).split()), key)[:REASON_CHARS_MAX]
    return ModelError(f"{failure.reason}: {said}", failure.remedy, passing=failure.passing)


def known_failure(error: BaseException) -> Failure | None:
    names = {kind.__name__ for kind in type(error).__mro__}
    return next((failure for failure in FAILURES if names & set(failure.exceptions)), None)


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it came from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
