# Every target works on a fresh clone; `make help` lists them.
.DEFAULT_GOAL := help

SWIFT ?= swift
STRICT = -Xswiftc -warnings-as-errors

.PHONY: help build release test check lint fmt layers embedded golden bench examples example-cli demo hooks clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build everything, with warnings as errors
	$(SWIFT) build --build-tests $(STRICT)

release: ## Build the command line program for use: static runtime, stripped
	$(SWIFT) build -c release --product trainloop --static-swift-stdlib -Xlinker -s
	$(SWIFT) build -c release --product trainloop-inject

test: ## Run all tests
	$(SWIFT) test

check: lint layers embedded ## What CI runs first: format, layers, Embedded Swift

lint: ## Check the format of every Swift file
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources Examples/*/Package.swift Examples/*/Sources

fmt: ## Format every Swift file
	$(SWIFT) format format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources Examples/*/Package.swift Examples/*/Sources

layers: ## Check that each target imports only what its floor allows
	python3 scripts/check-layers.py

embedded: ## Check that the core and the appending half of the journal compile as Embedded Swift
	scripts/check-embedded.sh

golden: ## Write the expected records of the fixtures anew; read the difference before you commit it
	TRAINLOOP_GOLDEN=1 $(SWIFT) test --filter ParserContractTests

bench: ## Measure against nginx, mitmproxy and orjson, side by side
	Benchmarks/run

examples: example-cli ## Build the examples (the server takes minutes: it builds Hummingbird)
	$(SWIFT) build --package-path Examples/Server

example-cli: ## Build the command line example: the SDK as another package gets it
	$(SWIFT) build --package-path Examples/CommandLine

demo: ## Run the demonstration
	$(SWIFT) run trainloop demo

hooks: ## Install the pre-commit hook
	install -m 755 scripts/pre-commit .git/hooks/pre-commit

clean: ## Remove what was built
	rm -rf .build Benchmarks/.build Examples/*/.build
