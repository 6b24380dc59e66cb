# What is done in this repository, by its names. `make` alone prints them.

PYTHON ?= python3
ENVIRONMENT := .venv
BIN := $(ENVIRONMENT)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Stamps: what they stand for is done again only when what it is made from has changed.
RUNTIME := $(ENVIRONMENT)/.runtime
DEVELOPMENT := $(ENVIRONMENT)/.development
JAVASCRIPT := $(ENVIRONMENT)/.javascript
PEERS := $(ENVIRONMENT)/.peers

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench format lock clean

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEVELOPMENT) $(JAVASCRIPT) ## Create the environment for working on the code

demo: $(RUNTIME) ## Start the server with a company's OKR history in it
	@$(BIN)/okr-ledger demo

test: $(DEVELOPMENT) $(JAVASCRIPT) ## Run all tests (against DATABASE_URL if it is set)
	$(BIN)/pytest -n 2 --dist worksteal

check: $(DEVELOPMENT) ## Run what CI runs: format, lint, types, imports, schema, tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m schema.export --check
	$(MAKE) test

bench: $(DEVELOPMENT) $(PEERS) ## Measure the speed, beside that of others, and draw it in bench/results.html
	$(BIN)/python -m bench

format: $(DEVELOPMENT) ## Format the code and repair what the linter can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: $(DEVELOPMENT) ## Renew the locked dependencies within the bounds of pyproject.toml
	$(PIP) install uv
	$(call compile,pyproject.toml,requirements.lock)
	$(call compile,--group build -c requirements.lock,requirements-build.lock)
	$(call compile,pyproject.toml --group dev -c requirements.lock -c requirements-build.lock,requirements-dev.lock)
	$(call compile,--group bench -c requirements-dev.lock,requirements-bench.lock)
	$(BIN)/python -m tests.support.javascript update --package-lock-only
	$(BIN)/python -m bench.peers.javascript update --package-lock-only

clean: ## Remove the environment and every cache
	rm -rf $(ENVIRONMENT) tests/javascript/node_modules bench/javascript/node_modules *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# No address of a package index in the locks: everybody installs from the one they have configured.
compile = $(BIN)/uv pip compile $(1) --upgrade --quiet --generate-hashes --universal --no-emit-index-url --no-header -o $(2)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one by: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(ENVIRONMENT)

# The tools that build the project come from a lock as well, hence no isolated environment that would fetch its own.
$(RUNTIME): requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(RUNTIME)

# Clients, providers and audits that only exist for JavaScript. Its runtime comes from a package of Python.
$(JAVASCRIPT): tests/javascript/package-lock.json tests/javascript/package.json tests/support/javascript.py | $(DEVELOPMENT)
	$(BIN)/python -m tests.support.javascript ci
	@touch $@

# What the benchmarks measure beside the ledger: other libraries, for Python and for JavaScript.
$(PEERS): requirements-bench.lock bench/javascript/package-lock.json bench/javascript/package.json | $(DEVELOPMENT)
	$(PIP) install --require-hashes -r requirements-bench.lock
	$(BIN)/python -m bench.peers.javascript ci
	@touch $@
