# One image for every process. `docker build -t peripheral .`; the arguments are those of the
# `peripheral` command, the settings are PERIPHERAL_… variables.

FROM python:3.13-slim-trixie AS installed
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
WORKDIR /app
# What the setup reads and nothing else, so that a change of code installs nothing anew.
COPY pyproject.toml README.md ./
COPY requirements ./requirements
COPY deploy/setup.sh ./deploy/setup.sh
RUN --mount=type=cache,target=/root/.cache/uv sh deploy/setup.sh requirements/runtime.lock

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/peripheral peripheral
COPY --from=installed /app/.venv /app/.venv
COPY schemas /app/schemas
COPY streams /app/streams
COPY sandbox /app/sandbox
COPY processors /app/processors
COPY api /app/api
COPY deploy /app/deploy
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PERIPHERAL_DATA_DIR=/var/lib/peripheral
USER 10001
WORKDIR /var/lib/peripheral
ENTRYPOINT ["peripheral"]
CMD ["--help"]
