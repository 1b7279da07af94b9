.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
FONDACO := .venv/bin/fondaco
export PYTHONDONTWRITEBYTECODE ?=

##@ Use
.PHONY: demo
demo: setup ## Run the main job end to end on real (or generated) orders and print the result
	@$(FONDACO) demo

.PHONY: serve
serve: setup ## Serve the console and the API; prints the address and the demo logins
	@$(FONDACO) serve

.PHONY: worker
worker: setup ## Run the background worker
	@$(FONDACO) worker

.PHONY: stop
stop: ## Stop the embedded PostgreSQL
	@$(FONDACO) stop

##@ Develop
.PHONY: setup
setup: ## Make .venv from the lock (fast when nothing changed)
	@./tools/setup.sh

.PHONY: test
test: setup ## Run the test suite (T=path for a part)
	@$(PY) -m tools.test $(T)

.PHONY: check
check: setup ## Lint, types, contracts, migrations, OpenAPI snapshot, templates
	@$(PY) -m tools.check

.PHONY: fix
fix: setup ## Format and mend what can be mended by machine
	@$(PY) -m ruff check -q --fix . ; $(PY) -m ruff format -q .

.PHONY: bench
bench: setup ## Run a bench (NAME=order_flow) or all of them
	@$(PY) -m bench $(NAME)

.PHONY: screenshots
screenshots: setup ## Shoot every page at 1440 and 390 px into screenshots/
	@$(PY) -m fondaco.delivery.web.screenshots

.PHONY: lock
lock: setup ## Renew requirements.lock from pyproject.toml
	@.venv/bin/uv pip compile pyproject.toml --group dev --generate-hashes --universal --upgrade -p 3.11 -o requirements.lock -q
	@.venv/bin/uv pip compile --group peers --generate-hashes --upgrade -p 3.11 -o bench/peers.lock -q

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
