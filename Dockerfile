FROM python:3.13-slim AS builder

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source

# First what changes rarely: the locked dependencies are a layer of their own.
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /application \
    && /application/bin/python -m pip install --require-hashes -r requirements.lock \
    && python -m pip install --require-hashes -r requirements-build.lock

COPY . .
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /application/bin/python -m pip install --no-deps /wheels/*.whl \
    && /application/bin/python -m pip uninstall --yes pip


FROM python:3.13-slim

RUN useradd --system --uid 10001 --user-group --no-create-home okr-ledger \
    && install --directory --mode 0700 --owner okr-ledger --group okr-ledger /data

COPY --from=builder /application /application

ENV PATH=/application/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OKR_LEDGER_HOST=0.0.0.0 \
    OKR_LEDGER_PORT=8000 \
    OKR_LEDGER_DATA_DIRECTORY=/data

USER 10001:10001
WORKDIR /data
# Used by the embedded PostgreSQL, that is, when no DATABASE_URL is given.
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=6s --start-period=120s --start-interval=1s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['OKR_LEDGER_PORT']}/readyz\", timeout=5)"]

ENTRYPOINT ["okr-ledger"]
CMD ["serve"]
