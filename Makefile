# Bare `make` lists the targets.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test soak gpu wheel lowest lint format notebooks clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/installed  ## Train a conditional DCGAN on 5,000 of MNIST's digits: two minutes on two cores, no download
	$(BIN)/python -m gan_lightning fit --config configs/quickstart.yaml

test: lint  ## Lint, check types and run every test, without network, data or GPU: a quarter of an hour
	@echo "every test: about a quarter of an hour on two idle cores"
	$(BIN)/pytest -n 2

soak: .venv/installed  ## Kill runs, groups and searches at every kind of moment, and see them go on: more than half an hour
	$(BIN)/pytest -n 2 -m soak

gpu: .venv/installed  ## Run what takes a GPU, tests and benchmarks, to gpu.json and gpu.md; DATA=folder of MNIST
	$(BIN)/python tests/gpu.py --output gpu.json $(if $(DATA),--data.root $(DATA))

wheel:  ## Build the wheel, install it into an environment of its own, and use it in an empty folder
	rm -rf build/wheel && mkdir -p build/wheel/empty
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/pip wheel --quiet --no-deps --wheel-dir build/wheel .
	build/wheel/venv/bin/pip install --quiet build/wheel/*.whl
	cd build/wheel/empty && ../venv/bin/gan-lightning fit --config quickstart --config overlays/debug
	cd build/wheel/empty && ../venv/bin/gan-lightning digits --digits 7 -- --data.dataset mnist_5k --data.samples_per_class 40 --trainer.max_epochs 1

lowest: .venv-lowest/installed  ## Run every test with the oldest versions that pyproject.toml allows
	.venv-lowest/bin/pytest -n 2

lint: .venv/installed  ## Lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/installed  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

notebooks: .venv/installed  ## Run the notebooks and keep their outputs
	$(BIN)/jupyter execute --inplace notebooks/*.ipynb

clean:  ## Remove the environment, caches and runs
	rm -rf .venv .venv-lowest .mypy_cache .pytest_cache .ruff_cache *.egg-info runs

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "error: Python 3.10 or newer is needed: make PYTHON=/path/to/python3.10 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "error: install Python's venv module first (Debian: apt install python3-venv)"; exit 1; }
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

.venv-lowest/installed: pyproject.toml
	$(PYTHON) -m venv --clear .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet uv
	.venv-lowest/bin/uv pip install --python .venv-lowest/bin/python --resolution lowest-direct --editable '.[dev]'
	@touch $@
