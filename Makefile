# Every target makes the environment that it needs, from nothing.
PYTHON ?= python3
CORE := .venv/.core
DEV := .venv/.dev
TRAIN := .venv-train/.done
EVAL := .venv-eval/.done
BIN := .venv/bin
JOBS ?= 2

.PHONY: help demo push push-results eval test test-core test-torch test-eval test-slow lint format bench wheel clean

help: ## Show the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(CORE) ## Build a small corpus with no key, no GPU and no network: runs/demo.
	$(BIN)/synth-builder run demo

push: $(CORE) ## Publish a run: REPO=org/name [RUN=runs/demo] [VERSION=v1.2.0] [ARGS="--private --dry-run"].
	@test -n "$(REPO)" || { echo 'Name the repo: make push REPO=org/name'; exit 2; }
	$(BIN)/synth-builder push $(REPO) --run $(or $(RUN),runs/demo) $(if $(VERSION),--version $(VERSION)) $(ARGS)

eval: $(CORE) $(EVAL) ## Evaluate a checkpoint: MODEL=folder [TASKS=gsm8k,math] [ARGS="--max-samples 100"].
	@test -n "$(MODEL)" || { echo 'Name the checkpoint: make eval MODEL=folder'; exit 2; }
	$(BIN)/synth-builder evaluate $(MODEL) $(if $(TASKS),--tasks $(TASKS)) $(ARGS)

push-results: $(CORE) ## Publish evaluation results: REPO=org/name of the corpus [EVALS=evaluations] [VERSION=v1.2.0] [ARGS=].
	@test -n "$(REPO)" || { echo 'Name the corpus: make push-results REPO=org/name'; exit 2; }
	$(BIN)/synth-builder push $(REPO) --evaluations $(or $(EVALS),evaluations) $(if $(VERSION),--version $(VERSION)) $(ARGS)

test: ## Run all tests but the slow ones.
	@$(MAKE) --no-print-directory -j $(JOBS) $(DEV) $(TRAIN) $(EVAL)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow and not torch"
	@$(MAKE) --no-print-directory test-torch

test-core: $(DEV) ## Run the tests that need neither torch nor lighteval.
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow and not torch and not eval"

test-torch: $(TRAIN) ## Run the tests that need torch, in their own environment.
	.venv-train/bin/python -m pytest tests/torch -m "torch and not slow"

test-eval: $(DEV) $(EVAL) ## Run the tests that need lighteval, in its own environment.
	$(BIN)/python -m pytest -n $(JOBS) --dist loadscope -m "eval and not slow"

test-slow: $(DEV) ## Run the tests that take minutes.
	$(BIN)/python -m pytest -n $(JOBS) -m slow

lint: $(DEV) ## Check style and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEV) ## Rewrite the code in the project's style.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV) ## Run the benchmarks, which print JSON lines; of the slow one, one round where docs/speed.md has five.
	@for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done
	@$(BIN)/python benchmarks/generation.py --rounds 1 --plain-rounds 1

wheel: $(DEV) ## Build the wheel into dist/.
	$(BIN)/python -m pip wheel --no-deps --no-build-isolation --quiet -w dist .

clean: ## Remove environments, caches and builds; runs/ stays.
	rm -rf .venv .venv-train .venv-eval dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(CORE): pyproject.toml constraints/core.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints/core.txt -e .
	@touch $@

$(DEV): $(CORE)
	$(BIN)/python -m pip install --quiet -c constraints/core.txt -e ".[dev]"
	@touch $@

$(TRAIN): pyproject.toml constraints/train.txt
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/python -m pip install --quiet -c constraints/train.txt -e ".[train]"
	@touch $@

# lighteval would fetch tinyBenchmarks.pkl at each start; an empty one lets it start offline.
$(EVAL): constraints/eval.txt
	$(PYTHON) -m venv .venv-eval
	.venv-eval/bin/python -m pip install --quiet -r constraints/eval.txt
	@cd .venv-eval/lib/python3.*/site-packages/lighteval/tasks/tasks && touch tinyBenchmarks.pkl
	@touch $@
