#!/bin/sh
# check_prerequisites.sh [PYTHON]: says what this machine lacks to build mlsearch, and how to get it.
set -eu

python=${1:-python3}
compiler=${CXX:-c++}

fail() {
  printf '%s\n' "mlsearch cannot be built here: $1" \
    "  Debian, Ubuntu:  sudo apt-get install $2" \
    "  Fedora:          sudo dnf install $3" \
    "  macOS:           $4" >&2
  exit 1
}

python_is() {
  "$python" -c "$1" >/dev/null 2>&1
}

python_is 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  fail "'$python' is not Python 3.10 or newer (choose another: make PYTHON=python3.12)" \
    "python3 python3-venv python3-dev" "python3 python3-devel" "brew install python"

python_is 'import ensurepip, venv' ||
  fail "'$python' cannot create virtual environments" \
    "python3-venv" "python3" "brew install python"

python_is 'import os, sysconfig as s; open(os.path.join(s.get_path("include"), "Python.h"))' ||
  fail "'$python' has no C headers" \
    "python3-dev" "python3-devel" "brew install python"

printf '#include <span>\ntemplate <class T> concept Any = true;\nstd::span<int> view;\n' |
  "$compiler" -std=c++20 -x c++ -fsyntax-only - >/dev/null 2>&1 ||
  fail "'$compiler' is not a C++20 compiler (choose another: CXX=clang++ make)" \
    "g++" "gcc-c++" "xcode-select --install"
