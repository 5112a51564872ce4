# Each target sets up what it needs in .venv; `make help` lists them.
# Another interpreter: make test PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --constraint constraints.txt
CPP_SOURCES := $(wildcard cpp/*/*.?pp cpp/*/*/*.?pp)

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test bench lint docs clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

demo: .venv/package  ## train two metrics and solve 1,000 unseen mazes with each
	$(BIN)/mlsearch demo

test: .venv/package .venv/group-test .venv/chromium  ## run every test, and every benchmark once
	$(BIN)/python -m pytest

bench: .venv/package .venv/group-bench  ## time the kernels against the alternatives; figures in build/bench.json
	@mkdir -p build
	$(BIN)/python -m pytest bench --benchmark-enable --benchmark-json=build/bench.json -q
	$(BIN)/python bench/summary.py build/bench.json

lint: .venv/package .venv/group-dev  ## check style and types of the Python and C++ code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/clang-format --dry-run -Werror $(CPP_SOURCES)

docs: .venv/group-docs  ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:  ## remove everything that make has produced, .venv included
	rm -rf .venv build dist site .pytest_cache .benchmarks .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The files in .venv below are stamps: a step is repeated when what it was made from is newer.

.venv/pip: constraints.txt tools/check_prerequisites.sh
	@tools/check_prerequisites.sh "$(PYTHON)"
	@echo "Setting up .venv"
	@"$(PYTHON)" -m venv .venv
	@$(INSTALL) pip
	@touch $@

.venv/group-%: .venv/pip pyproject.toml
	@echo "Installing the $* tools"
	@$(INSTALL) --group $*
	@touch $@

# These two ask for a notebook server and more that nothing here uses; without them their rows are skipped.
.venv/group-bench: .venv/pip pyproject.toml
	@echo "Installing the bench tools"
	@$(INSTALL) --group bench
	@$(INSTALL) --no-deps deepxube==0.3.2 wget==3.2 maze-dataset==1.4.2 || echo "Going on without them"
	@touch $@

# For the tests of the report page, which are skipped without it.
.venv/chromium: .venv/pip tools/install_chromium.sh
	@tools/install_chromium.sh
	@touch $@

# Editable: Python files take effect at once, C++ files through this rule.
.venv/package: .venv/group-build CMakeLists.txt $(CPP_SOURCES)
	@echo "Building and installing mlsearch with its dependencies"
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@
