# Everything that is run here, from a fresh clone on: make prints the list. Needs make, a POSIX shell and Python 3.11.

VENV = .venv
SAMPLE = sample_inputs/northbank
OUT = out
WORKERS = 2

# The main job: the report of the sample bank's latest period, beside the figures of the period before.
EARLIER_JOB = run $(SAMPLE)/2026-06-30/northbank.xlsx --report leverage --out $(OUT) --quiet
MAIN_JOB = run $(SAMPLE)/2026-09-30/northbank.xlsx --report leverage --out $(OUT) --previous $(OUT)/2026-06-30/FICTIONALNORTHBANK63

# One thread for linear algebra: the number of threads changes the last bits of a matrix product.
export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1

# Where Homebrew keeps Pango. It must stand in front of each command: the system shell of macOS drops it when inherited.
PANGO_PATH = DYLD_FALLBACK_LIBRARY_PATH="$${DYLD_FALLBACK_LIBRARY_PATH:-/opt/homebrew/lib:/usr/local/lib}"

.PHONY: help setup report test test-all format lock bench clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## create .venv with the locked packages, make sure that Pango is there
	@sh .ci/environment
	@sh .ci/pango

report: setup ## make the leverage report of the sample bank: PDF, workbook and figures under out/
	@$(PANGO_PATH) $(VENV)/bin/reporting $(EARLIER_JOB) > /dev/null
	@$(PANGO_PATH) $(VENV)/bin/reporting $(MAIN_JOB)

test: setup ## formatting, lint, types, import contract, tests
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	$(PANGO_PATH) $(VENV)/bin/pytest -n $(WORKERS) --dist worksteal

test-all: setup ## the slow tests too: large randomised runs, LibreOffice and Chromium (installed if missing)
	@sh .ci/libreoffice
	@sh .ci/chromium
	$(PANGO_PATH) $(VENV)/bin/pytest -n $(WORKERS) --dist worksteal -m slow

format: setup ## bring the code into the form that `make test` asks for
	$(VENV)/bin/ruff format
	$(VENV)/bin/ruff check --fix

lock: setup ## remake requirements.lock from pyproject.toml (ARGS=--upgrade: the newest of everything)
	@sh .ci/lock $(ARGS)

bench: setup ## measure (CHECK=1: compare the ratios with those kept in the repository)
	@$(PANGO_PATH) $(VENV)/bin/python -m tests.benchmarks $(if $(CHECK),--check) $(ARGS)

clean: ## remove .venv, outputs and what tools leave behind
	rm -rf $(VENV) out build dist htmlcov .coverage .coverage.*
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find reporting tests -name __pycache__ -type d -prune -exec rm -rf {} +
