# Every target sets up what it needs in .venv and node_modules, from a fresh clone with Python >= 3.11 and Node >= 20.
PYTHON ?= python3
BIN := .venv/bin
VENV := .venv/.ready
PYTHON_CODE := src tests benchmarks
NODE := node_modules/.ready
# The npm launcher of forge ends with 0 when tests fail; this one passes the exit code on.
FORGE := contracts/tools/forge
WEB := src/sebrus/api/web/index.html
ON_POSTGRES ?= tests/store tests/platform tests/api

.DEFAULT_GOAL := help
.PHONY: help setup deep web demo up test test-contracts test-python test-web test-browser test-slow test-postgres lint static symbolic coverage fuzz-api format artifacts lock bench bench-detect bench-gas bench-voting bench-service bench-intake bench-client clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

$(VENV): pyproject.toml requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(NODE): package.json package-lock.json web/package.json
	npm ci --silent
	touch $@

setup: $(VENV) $(NODE) ## Install everything into .venv and node_modules

deep: setup ## PyTorch too, for the audit and its tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0

$(WEB): $(NODE) $(shell find web/src web/public -type f) web/index.html web/vite.config.ts
	npm run --silent build --workspace web

web: $(WEB) ## Build the web client that the server answers with

demo: setup web ## The main job end to end, on the embedded chain, with real images
	SEBRUS_HOME=build/demo $(BIN)/sebrus demo

up: setup web ## Run chain, server, indexer and worker
	$(BIN)/sebrus up

test: test-contracts test-web test-python ## All tests of a push

test-contracts: $(NODE)
	cd contracts && ../$(FORGE) test

test-python: setup
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-web: $(NODE)
	npm run --silent test --workspace web

test-browser: setup web ## The web client in a real Chromium on the real server
	npm run --silent e2e --workspace web

test-slow: setup ## Chaos and many-seed runs (minutes)
	$(BIN)/python -m pytest -m slow

test-postgres: setup ## Store, platform and API on a PostgreSQL of their own (minutes)
	$(BIN)/python -m pytest -n 2 -m "not slow" --database postgresql $(ON_POSTGRES)

lint: setup ## Formatting, types, import directions
	$(BIN)/ruff check $(PYTHON_CODE)
	$(BIN)/ruff format --check $(PYTHON_CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd contracts && ../$(FORGE) fmt --check
	npm run --silent check --workspace web

static: $(NODE) ## Slither over the contracts
	test -x build/slither/bin/slither || ($(PYTHON) -m venv build/slither && build/slither/bin/pip install --quiet --disable-pip-version-check slither-analyzer==0.11.6)
	contracts/tools/static

symbolic: $(NODE) ## Halmos over the arithmetic of the libraries (a minute)
	test -x build/halmos/bin/halmos || ($(PYTHON) -m venv build/halmos && build/halmos/bin/pip install --quiet --disable-pip-version-check halmos==0.3.3)
	contracts/tools/symbolic

coverage: $(NODE) ## Statements and branches of the contract that its tests reach (minutes)
	node contracts/tools/coverage.mjs

fuzz-api: setup ## 10,000 requests made up from the OpenAPI document (minutes)
	test -x build/schemathesis/bin/schemathesis || ($(PYTHON) -m venv build/schemathesis && build/schemathesis/bin/pip install --quiet --disable-pip-version-check schemathesis==4.32.5)
	$(BIN)/python -m benchmarks.fuzz_api


format: setup ## Rewrite the code in the house format
	$(BIN)/ruff check --fix $(PYTHON_CODE)
	$(BIN)/ruff format $(PYTHON_CODE)
	cd contracts && ../$(FORGE) fmt
	npm run --silent format --workspace web

artifacts: $(NODE) ## Compile the contracts into src/sebrus/chain/artifacts
	cd contracts && ../$(FORGE) build && node tools/artifacts.mjs

lock: ## Pin the Python dependencies again
	$(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv
	build/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --extra export --extra postgres --extra s3 --group dev \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock

bench: bench-detect bench-gas bench-voting bench-service bench-intake ## All benchmarks but the client's, into build/bench

bench-detect bench-gas bench-voting bench-service bench-intake: setup
	$(BIN)/python -m benchmarks.$(subst bench-,,$@)
	$(if $(filter bench-voting,$@),$(BIN)/python -m benchmarks.sleepers)
	$(if $(filter bench-service,$@),$(BIN)/python -m benchmarks.thousand)
	$(if $(and $(filter bench-voting,$@),$(SEBRUS_DATA),$(wildcard $(SEBRUS_DATA)/crowd/*/votes.csv)),$(BIN)/python -m benchmarks.truth)

bench-client: setup web ## The web client in Chromium: frames, verdicts, with 2,048 pictures (minutes)
	npm run --silent speed --workspace web

clean: ## Remove what the targets made
	rm -rf .venv node_modules build contracts/out contracts/cache src/sebrus/api/web
