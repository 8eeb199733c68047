# The two commands of the README, and what they are made of.
PYTHON ?= python3
BIN := .venv/bin
SOURCES := shared servers tests benchmarks examples

.PHONY: demo test check lint format clean

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dart]" \
	  || echo "dartpy has no wheel for this Python or platform: what needs it is skipped"
	touch $@

demo: .venv/installed  ## the main job on real input: a baseline, three changes, three verdicts
	$(BIN)/python examples/demo.py

test: .venv/installed  ## every test that can run here; what was skipped is listed with its reason
	$(BIN)/python -m pytest

lint: .venv/installed
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

check: lint test

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
