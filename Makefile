# Each target sets up what it needs in .venv; `make help` lists them.
# Another interpreter, beside the first: make test PYTHON=python3.12 VENV=.venv-3.12
PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
# What test-minimum leaves at the version of constraints.txt: an old PyTorch comes with gigabytes of CUDA.
PINNED ?= torch
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet $(addprefix --constraint ,$(CONSTRAINTS))
CPP_SOURCES := $(wildcard cpp/*/*.?pp cpp/*/*/*.?pp cpp/*/*/*/*.?pp)

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test test-minimum test-newest bench lint sanitize fuzz docs package clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 19

demo: $(VENV)/package  ## train three metrics and solve unseen mazes and puzzles with them
	$(BIN)/mlsearch demo

INTEROP = $(VENV)/group-interop
# A process for each core, up to four, each with whole files of tests.
SIDE_BY_SIDE = --numprocesses auto --maxprocesses 4 --dist loadfile
test: $(VENV)/package $(VENV)/group-test $(INTEROP) $(VENV)/chromium  ## run every test, and every benchmark once
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

test-minimum: build/minimum.txt  ## run the tests with the lowest versions that pyproject.toml allows
	PYTEST_ADDOPTS="-W ignore::DeprecationWarning" $(MAKE) test VENV=.venv-minimum CONSTRAINTS=$< INTEROP=  # of one another

test-newest:  ## run the tests with the newest version of everything
	rm -rf .venv-newest
	$(MAKE) test VENV=.venv-newest CONSTRAINTS=

# Narrower registers than this processor has: make bench REGISTERS=avx2, or portable
REGISTERS ?=
# Which benchmarks, as of pytest's -k: make bench ONLY="cuda or gpu"
ONLY ?=
BENCH_JSON = build/bench$(addprefix -,$(REGISTERS)).json
bench: $(VENV)/package $(VENV)/group-bench  ## time the kernels against the alternatives; figures in build/bench.json
	@mkdir -p build
	$(addprefix MLSEARCH_REGISTERS=,$(REGISTERS)) \
	  $(BIN)/python -m pytest bench --benchmark-enable --benchmark-json=$(BENCH_JSON) -q -k "$(ONLY)"
	$(BIN)/python bench/summary.py $(BENCH_JSON)

lint: $(VENV)/package $(VENV)/group-dev  ## check style and types of the Python and C++ code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/clang-format --dry-run -Werror $(CPP_SOURCES)

sanitize: $(VENV)/package $(VENV)/group-test  ## run the tests on the extension built with sanitizers (GCC, Linux)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tools/sanitize.py address
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tools/sanitize.py thread

INPUTS ?= 10000
fuzz: $(VENV)/package $(VENV)/group-test  ## feed damaged files to every reader, INPUTS=10000 of each kind
	$(BIN)/python tools/fuzz.py --inputs $(INPUTS)
	$(BIN)/python tools/fuzz.py --guided --inputs $(INPUTS)

docs: $(VENV)/package $(VENV)/group-docs  ## build the documentation into site/
	$(BIN)/python tools/docs_explorers.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

package: $(VENV)/group-build $(VENV)/group-test  ## build the sdist and the wheel into dist/, check and install them
	$(BIN)/python tools/package.py

clean:  ## remove everything that make has produced, .venv included
	rm -rf .venv* build dist site docs/explorers .pytest_cache .benchmarks .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The files in $(VENV) below are stamps: a step is repeated when what it was made from is newer.

$(VENV)/pip: $(CONSTRAINTS) tools/check_prerequisites.sh
	@tools/check_prerequisites.sh "$(PYTHON)"
	@echo "Setting up $(VENV)"
	@"$(PYTHON)" -m venv $(VENV)
	@$(INSTALL) "pip>=25.1"  # knows --group
	@touch $@

$(VENV)/group-%: $(VENV)/pip pyproject.toml
	@echo "Installing the $* tools"
	@$(INSTALL) --group $*
	@touch $@

# These two ask for a notebook server and more that nothing here uses; without them their rows are skipped.
$(VENV)/group-bench: $(VENV)/pip pyproject.toml
	@echo "Installing the bench tools"
	@$(INSTALL) --group bench
	@$(INSTALL) --no-deps deepxube==0.3.2 wget==3.2 maze-dataset==1.4.2 || echo "Going on without them"
	@touch $@

# For the tests of the report page, which are skipped without it.
$(VENV)/chromium: $(VENV)/pip tools/install_chromium.sh
	@tools/install_chromium.sh
	@touch $@

# Editable: Python files take effect at once, C++ files through this rule.
$(VENV)/package: $(VENV)/group-build CMakeLists.txt $(CPP_SOURCES)
	@echo "Building and installing mlsearch with its dependencies"
	@SKBUILD_BUILD_DIR=$(VENV)/build $(INSTALL) --no-build-isolation --editable .
	@touch $@

build/minimum.txt: pyproject.toml constraints.txt tools/lowest_versions.py
	@mkdir -p build
	@"$(PYTHON)" tools/lowest_versions.py $(PINNED) >$@
