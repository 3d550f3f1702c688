.PHONY: help demo test e2e check-api reliability bench deny sbom lint

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## start TimescaleDB and the server with demo conversations (Ctrl-C stops them)
	@scripts/demo

test: ## run all tests on each edition of TimescaleDB that is at hand
	@scripts/test

e2e: ## run the dashboard's tests in a real browser
	@scripts/e2e

check-api: ## ask a server with demo data all that /openapi.json allows, and much that it does not
	@scripts/check-api

reliability: ## put a server through faults, load and attacks, and write docs/reliability.md (over an hour)
	@scripts/reliability

bench: ## measure Colloquy and its limits side by side, and write docs/benchmarks.md (an hour, the data once)
	@scripts/bench

deny: ## check licences, sources and known faults of all crates
	@scripts/dependencies check

sbom: ## write docs/sbom.cdx.json, the list of all crates in the program
	@scripts/dependencies sbom

lint: ## check format, clippy and shell scripts
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo fmt --check --manifest-path bench/Cargo.toml
	cargo clippy --manifest-path bench/Cargo.toml --target-dir target --all-targets -- -D warnings
	@if command -v shellcheck >/dev/null; then shellcheck scripts/* .ci/run; else echo "shellcheck is not installed: scripts not checked"; fi
