# make help lists the targets. Everything lives in .venv and .demo; make clean removes both.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install -q
PORT ?= 8000
DEMO_ARGS ?=
export PORT

.DEFAULT_GOAL := help
.PHONY: help demo venv test check lint soak bench screenshots clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

demo: $(VENV)/.demo-installed  ## a CRM with three simulated terminals on http://localhost:8000 (PORT=8001, DEMO_ARGS=--once)
	@$(PY) -m example_project.demo $(DEMO_ARGS)

venv: $(VENV)/.test-installed  ## .venv with everything for development

test: venv  ## every check and every test, on every database that answers on this machine
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" bash tests/everything.sh

check: venv  ## what to run while you work: lint, and the quick tests on SQLite (a minute and a half)
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" bash tests/everything.sh check

lint: venv  ## ruff, mypy, import floors, migrations
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" bash tests/everything.sh lint

soak: venv  ## the long runs, and all of what make test tries a sample of
	@SOAK=1 $(PY) -m pytest -m 'soak or sampled or hypothesis'

bench: venv  ## the figures in docs/benchmarks.md, measured here
	@$(PY) -m benchmarks

screenshots: venv  ## the pictures in docs/screenshots, of the company in the browser tests (Chromium: see README)
	@$(PY) -m tests.browser.pictures

clean:  ## remove .venv, .demo and caches
	rm -rf $(VENV) .demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "The venv module of $(PYTHON) is incomplete. Debian and Ubuntu: apt-get install -y python3-venv" >&2; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo-installed: pyproject.toml | $(PY)
	@echo "Installing what the demo needs"
	@$(PIP) -e '.[demo]'
	@touch $@

$(VENV)/.test-installed: pyproject.toml | $(PY)
	@echo "Installing what the tests need"
	@$(PIP) -e '.[test]'
	@touch $@ $(VENV)/.demo-installed
