# Everything a developer types. Needs make and Python 3.11 or newer; brings the rest itself.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/installed
LOCK_VENV := .venv-lock
UV_COMPILE = $(LOCK_VENV)/bin/uv pip compile pyproject.toml --python-version 3.11 --universal \
	--generate-hashes --no-emit-index-url --no-header --native-tls --quiet

# A test waits for services about as long as it computes, so one process more than there are cores, four
# at most; each brings its own PostgreSQL and Redis.
# Files stay in the order of tests/conftest.py: xdist would put those of one test last, and the longest,
# which mostly wait, are such.
PROCESSES := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 3 ] && n=3; echo $$((n + 1)))
PARALLEL ?= -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

export PYTHONUNBUFFERED := 1
# Where this is set, every process of the tests compiles every file again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install run test pictures check bench lock clean

help: ## say what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1|/' \
		| while IFS='|' read -r target words; do printf '  make %-8s %s\n' "$$target" "$$words"; done

install: $(STAMP) ## make .venv with everything in it (the others do this themselves)

run: $(STAMP) ## start the demo: bridge, simulated QuickBooks, forty invoices
	@$(PY) -m demo

test: $(STAMP) ## run the whole test suite (ARGS="-k invoice" to choose)
	@$(PY) -m pytest $(PARALLEL) $(ARGS)

pictures: $(STAMP) ## take a picture of every page into var/pictures (PICTURES=elsewhere)
	@$(PY) -m pytest -q tests/browser/pictures.py $(ARGS)

check: $(STAMP) ## format, lint, types, import contracts, migrations in step with models
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(PY) -m pytest -q tests/test_architecture.py tests/test_migrations.py

bench: $(STAMP) ## measure what the README claims
	@$(PY) -m benchmarks $(ARGS)

lock: ## resolve pyproject.toml again into the two lock files (UPGRADE=--upgrade: newer versions)
	@test -x $(LOCK_VENV)/bin/uv || { $(PYTHON) -m venv $(LOCK_VENV) && $(LOCK_VENV)/bin/python -m pip install -q uv; }
	$(UV_COMPILE) $(UPGRADE) --output-file requirements.txt
	$(UV_COMPILE) $(UPGRADE) --extra dev --output-file requirements-dev.txt

clean: ## remove .venv, caches and the demo's data under var/
	@if [ -d var ] && [ -x $(PY) ]; then $(PY) -m app.embedded stop var; fi
	rm -rf $(VENV) $(LOCK_VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Ledgerbridge needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo missing)." \
			"Say which to use: make PYTHON=python3.12"; exit 1; }
	@$(PY) -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) || { \
		echo "Python could not make $(VENV). On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing the pinned packages into $(VENV) (once; about a minute) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $(STAMP)
