# `make unit` draws a card, `make test` runs all tests; each builds what it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: unit test check bench docs floors format clean

unit: $(VENV)/.installed
	$(BIN)/viz unit

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

# mypy finds a package in one folder only, and visualize.methods has a folder of its own
visualize/methods:
	ln -s ../methods $@

check: $(VENV)/.installed-dev visualize/methods
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# `make bench transfer` runs one part: the words after bench are no targets of their own
PARTS := $(if $(filter bench,$(firstword $(MAKECMDGOALS))),$(wordlist 2,99,$(MAKECMDGOALS)))
ifneq ($(PARTS),)
.PHONY: $(PARTS)
$(PARTS): ; @:
endif

bench: $(VENV)/.installed
	$(BIN)/python -m tests.bench $(PARTS)

# the pages of docs/ as a site in build/site: strict, so that a broken link or a page without a place fails
docs: $(VENV)/.installed-docs visualize/methods
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	$(BIN)/python docs/check_site.py build/site

# the oldest versions that pyproject.toml allows, which are older than what the dev group needs: tests that find out most
# about versions, and a card. numpy's floor installs on Python 3.11 and 3.12
OLDEST := build/floors
floors:
	test -x $(OLDEST)/bin/python || $(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet "uv>=0.5"
	$(OLDEST)/bin/uv pip install --quiet --python $(OLDEST)/bin/python --resolution lowest-direct --editable .
	$(OLDEST)/bin/python -m pip freeze --exclude-editable > $(OLDEST)/floors.txt
	$(OLDEST)/bin/python -m pip install --quiet --constraint $(OLDEST)/floors.txt pytest pytest-xdist hypothesis scipy scikit-image
	$(OLDEST)/bin/python -m pytest tests/methods/test_plain_state.py tests/methods/testing tests/methods/pictures \
		tests/methods/network/test_odd_networks.py tests/visualize/cli/test_app.py tests/visualize/data/files
	$(OLDEST)/bin/viz unit --help > /dev/null
	$(OLDEST)/bin/viz unit --out $(OLDEST)/card.png

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# pip before 25.1 knows no dependency groups
$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --group docs
	touch $@

clean:
	rm -rf visualize/methods $(VENV) build dist viz-out .mypy_cache .pytest_cache .ruff_cache .hypothesis
