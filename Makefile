# make app: set up and open the app.  make test: set up and run every test.  make setup: only .venv.
# make serve: the app for a class, see docs/serving.md.
.PHONY: setup app serve test soak bench lint platforms clean

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
BIN = .venv/bin

setup: .venv/.ready

.venv/.ready: requirements.txt requirements-dev.txt
	@if [ -z "$(PYTHON)" ]; then echo "Thaw needs Python 3.11, 3.12 or 3.13 (TensorFlow has no wheels for others)."; exit 1; fi
	@echo "Setting up .venv with $(PYTHON): about 700 MB to download the first time."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
	@echo "Ready."

app: setup
	@echo "Opening Thaw in your browser; Ctrl+C ends it."
	@$(BIN)/python -m streamlit run app.py

serve: setup # for others, behind a proxy: docs/serving.md. Options: make serve ARGS="--port 8600"
	@$(BIN)/python -m core serve $(ARGS)

test: setup
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not soak"

soak: setup # the long tests: every stop in both BatchNorm modes
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m soak

bench: setup # against the plain recipe; hours. For ten minutes: make bench ARGS=--quick
	@$(BIN)/python -m benchmarks $(ARGS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright --level error

platforms: setup # whether wheels of every pin resolve on each system; installs nothing, ten minutes
	@$(BIN)/python -m tools.platforms

clean:
	rm -rf .venv .pytest_cache .ruff_cache
