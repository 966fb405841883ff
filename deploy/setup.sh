#!/bin/sh
# Makes .venv from the committed lock: `make setup` runs it from the project's root. Argument:
# another lock, such as the image's, requirements/runtime.lock, which is without the tests' tools.
# Needs a Python of 3.11 to 3.13 with its venv module, and the package registry; takes
# pip's and uv's own settings from the environment. PYTHON=… names an interpreter.
set -eu

fail() {
    echo "peripheral: $1" >&2
    exit 2
}

# The minor version of interpreter $1 when it is one of ours, else nothing. A name on the
# PATH proves nothing: a version manager's stand-in may only say what it would need.
minor_of() {
    "$1" -c 'import sys; v = sys.version_info
if (3, 11) <= v[:2] <= (3, 13): print(v[1])' 2>/dev/null || true
}

find_python() {
    newest=0
    best=
    bare=
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        minor=$(minor_of "$name")
        if [ -z "$minor" ]; then
            continue
        elif ! "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            bare=$minor
        elif [ "$minor" -gt "$newest" ]; then
            newest=$minor
            best=$name
        fi
    done
    if [ -n "$best" ]; then
        return
    elif [ -n "$bare" ]; then
        fail "Python 3.$bare is here without its venv module: install it (Debian and Ubuntu: apt-get install python3.$bare-venv) and run make again."
    fi
    fail "Python 3.11, 3.12 or 3.13 is needed and none was found: install one (Debian and Ubuntu: apt-get install python3 python3-venv; macOS: brew install python@3.13) and run make again."
}

# Run the command after $1 and say $1 with the time it took.
step() {
    title=$1
    shift
    began=$(date +%s)
    printf '  %s … ' "$title"
    "$@" || { echo; fail "\"$title\" failed, as said above: the network or the disk is the usual reason; run make again when it is mended."; }
    echo "$(($(date +%s) - began)) s"
}

# A cache in the home folder serves every clone, but not every account has a home to write to.
if [ -z "${UV_CACHE_DIR:-}" ] && ! [ -w "${HOME:-/nonexistent}" ]; then
    UV_CACHE_DIR=$PWD/.data/cache/uv
    export UV_CACHE_DIR
fi

lock=${1:-requirements.lock}
venv=.venv
rm -f "$venv/.ready"
if [ -z "$(minor_of "$venv/bin/python")" ] || ! [ -x "$venv/bin/uv" ]; then
    find_python
    step "Make $venv with $("$best" --version)" "$best" -m venv --clear "$venv"
    step "Install uv" "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements/uv.txt
fi
VIRTUAL_ENV=$PWD/$venv
export VIRTUAL_ENV
step "Install what $lock names (the first time it is downloaded)" \
    "$venv/bin/uv" pip sync --quiet --require-hashes --only-binary :all: "$lock"
# Seven processes import these at each start; where bytecode isn't kept (PYTHONDONTWRITEBYTECODE)
# each would compile them anew, for a start twice as long.
compile_imports() (
    cd "$venv"/lib/python3.*/site-packages
    ../../../bin/python -m compileall -q -j 0 aiohttp aiokafka anyio click faust httpcore httpx \
        mode msgspec numpy psycopg pydantic pydantic_settings rich starlette uvicorn wasmtime yarl
)
step "Compile what each start imports" compile_imports
step "Install Peripheral itself" \
    "$venv/bin/uv" pip install --quiet --no-deps --no-build-isolation -e .
touch "$venv/.ready"
