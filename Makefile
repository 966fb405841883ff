# `make run` starts everything, `make test` tests everything; both set up first what is missing.

VENV := .venv
READY := $(VENV)/.ready
UV := $(VENV)/bin/uv
ARGS ?=

.PHONY: help setup run test chaos lint format lock bench fuzz clean

help: ## list these targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1 - /'

$(READY): requirements.lock requirements/uv.txt pyproject.toml deploy/setup.sh
	@sh deploy/setup.sh

setup: $(READY) ## make .venv from the committed lock

run: $(READY) ## start everything and stay; Ctrl-C stops it, the data stays
	@$(VENV)/bin/peripheral up $(ARGS)

test: $(READY) ## run every test, two files at a time; ARGS="-k name" chooses
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

chaos: $(READY) ## let everything fail for an hour; ARGS="--seed 7 --minutes 10" chooses
	$(VENV)/bin/python -m tests.chaos $(ARGS)
	$(VENV)/bin/python -m tests.chaos --away $(or $(AWAY),300)

lint: $(READY) ## check style, types and the rooms' arrows
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(READY) ## rewrite files in our style
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(READY) ## measure, print a table, write bench/results/*.json
	$(VENV)/bin/python -m bench $(ARGS)

fuzz: $(READY) ## fuzz the compiler's front end; ARGS=600 says for how many seconds
	@mkdir -p .data/fuzz
	$(VENV)/bin/python -m tests.sandbox.hostile.fuzz_compiler $(or $(ARGS),600) .data/fuzz

# The locks serve Python 3.11 to 3.13 on Linux and macOS, and name no address. The second is
# the part of the first that runs without tests and benches: what the image installs. The third
# is of the bench's peers, which have an environment of their own.
COMPILE := $(UV) pip compile --universal --python-version 3.11 \
  --generate-hashes --only-binary :all: --no-emit-index-url --no-emit-find-links \
  --custom-compile-command "make lock" --quiet

lock: $(READY) ## resolve pyproject.toml anew into requirements.lock and requirements/
	$(COMPILE) pyproject.toml --group dev -o requirements.lock
	$(COMPILE) pyproject.toml --group setup --no-annotate -c requirements.lock -o requirements/runtime.lock
	awk '/^uv==/ {on = 1} !/^uv==|^    --hash/ {on = 0} on' requirements.lock > requirements/uv.txt
	$(COMPILE) --no-annotate bench/research/peers.in -o bench/research/peers.lock

clean: ## delete .venv and caches; .data, which holds your data, stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
