"""Each version runs in the instance that it was made for."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from processors.evaluation.instances import Instances
from sandbox.errors import ModuleError
from sandbox.host.foreign.check import LANGUAGE_VERSION
from schemas.events.strategies import StrategyCompiled
from tests.processors.evaluation.deployed import EXAMPLES, version_of
from tests.sandbox.foreign.modules import FOREIGN, built
from tests.sandbox.market import daily_bars


def in_c(like: StrategyCompiled) -> StrategyCompiled:
    """The same strategy from another compiler."""
    wasm = built(FOREIGN / "ema_cross_rsi.c")
    changes = {"wasm": wasm, "wasm_sha256": hashlib.sha256(wasm).hexdigest()}
    return like.model_copy(update=changes | {"language_version": LANGUAGE_VERSION})


def test_a_foreign_version_says_what_the_same_in_our_language_says() -> None:
    ours = version_of("ema_cross_rsi", (EXAMPLES / "ema_cross_rsi.py").read_text("utf-8"))
    instances, bars = Instances(), daily_bars("AAPL")
    said = []
    for version in (ours, in_c(ours)):
        instance = instances.of(version)
        assert instances.of(version) is instance
        block = instance.allocate({"fast_length": 9.0})
        said.append(instance.evaluate(np.full(len(bars), block, np.int32), bars))
    assert said[0].signal.any()
    for name in ("signal", "size", "plots", "alerts"):
        mine, theirs = (getattr(out, name).tobytes() for out in said)
        assert mine == theirs, name


def test_a_version_that_is_not_what_it_says_is_refused() -> None:
    ours = version_of("ema_cross_rsi", (EXAMPLES / "ema_cross_rsi.py").read_text("utf-8"))
    with pytest.raises(ModuleError, match="rule exports"):
        Instances().of(ours.model_copy(update={"language_version": LANGUAGE_VERSION}))
    with pytest.raises(ModuleError, match="no custom section"):
        Instances().of(in_c(ours).model_copy(update={"language_version": "2"}))
