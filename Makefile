.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
RUFF := .venv/bin/ruff
CODE := client_gaps ugc_events configuration telemetry ugc_api etl embedded simulator clients compose tests stress-testing

# a query with any quotes in it reaches the shell as a variable
export Q

.PHONY: run demo test compose-check chaos fuzz lint types format token sql load soak storage bench help setup

run: ## the whole system on this machine, until Ctrl-C
	@exec embedded/setup --env python kafka -- $(PYTHON) -m embedded

demo: ## plays viewers to the running stack, then compares what it stored (ARGS="--rate 500 --seconds 60")
	@exec embedded/setup --env python -- $(PYTHON) -m simulator $(ARGS)

test: ## all tests, on free ports and in temporary folders (ARGS="-k name" for some)
	@exec embedded/setup python kafka nginx node chromium postgres -- $(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

compose-check: ## the tests in containers, then kills under a demo; where there is Docker (CLICKHOUSE=embedded without its image)
	@tests/containers/check

chaos: ## kills, pauses, cuts and full disks for some twenty minutes; what was answered must be there (CHAOS_SCALE=0.1 for less)
	@exec embedded/setup python kafka faketime -- env CHAOS_RESULTS="$${CHAOS_RESULTS-stress-testing/results$(if $(CHAOS_SCALE)$(ARGS),/latest)}" $(PYTHON) -m pytest -m chaos tests/chaos -s -q -p no:xdist $(ARGS)

fuzz: ## ten thousand requests that the API's document allows or forbids; no answer and no row may be wrong (FUZZ_CASES=1000 FUZZ_SEED=7)
	@exec embedded/setup python kafka nginx -- env FUZZ_CASES="$${FUZZ_CASES:-10000}" $(PYTHON) -m pytest tests/fuzz/test_fuzz.py -s -q -p no:xdist $(ARGS)

lint: ## style, import order, layers
	@embedded/setup python -- $(RUFF) check $(CODE)
	@embedded/setup python -- $(RUFF) format --check $(CODE)
	@embedded/setup python -- .venv/bin/lint-imports

types: ## mypy --strict
	@embedded/setup python -- .venv/bin/mypy

format: ## rewrite the code as ruff would have it
	@embedded/setup python -- $(RUFF) check --fix $(CODE)
	@embedded/setup python -- $(RUFF) format $(CODE)

audit: ## known vulnerabilities of the packages that we pin
	@embedded/setup audit
	@for list in requirements*.txt; do .venv-audit/bin/pip-audit --strict --disable-pip -r "$$list" $(ARGS) || exit 1; done

token: ## a token for the running stack, on the last line (ARGS="--role analyst --sub UUID")
	@exec embedded/setup --env python -- $(PYTHON) -m embedded token $(ARGS)

sql: ## a ClickHouse prompt; one query with Q="SELECT 1"
	@exec embedded/setup --env sql -- sh -c 'exec .venv-sql/bin/clickhouse-cli \
		-h 127.0.0.1 -p "$${UGC_CLICKHOUSE_PORT:-8123}" -u default $${Q:+-q "$$Q"}'

load: ## viewers by locust: evening, premiere, uploads, storm, broken, denial; or wrk (ARGS="evening --users 200 --seconds 60", --web, --url)
	@exec embedded/setup --env python kafka nginx load wrk -- env PYTHONPATH=.:stress-testing $(PYTHON) -m load $(ARGS)

soak: ## an hour at half of the capacity, every part killed in turn; nothing may be lost and nothing may grow (SOAK_MINUTES=10 for less)
	@exec embedded/setup python kafka nginx -- env PYTHONPATH=.:stress-testing $(PYTHON) -m soak $(ARGS)

storage: ## the same events into ClickHouse and PostgreSQL, and what each costs (ARGS="--rows 10_000_000")
	@exec embedded/setup python postgres -- env PYTHONPATH=.:stress-testing $(PYTHON) -m storage $(ARGS)

bench: ## what an event and a read cost, beside the plain way, as ratios to the saved run (ARGS="--quick", --save)
	@exec embedded/setup python kafka nginx -- env PYTHONPATH=.:stress-testing $(PYTHON) -m bench $(ARGS)

setup: ## only bring what run and test need
	@embedded/setup python kafka nginx node chromium postgres

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10
