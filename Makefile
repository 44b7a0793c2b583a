# Every target works on a fresh clone; `make help` lists them.
.DEFAULT_GOAL := help

SWIFT ?= swift
STRICT = -Xswiftc -warnings-as-errors
SOURCES = Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources Conformance/Package.swift \
	Conformance/Sources Python/Package.swift \
	Python/Sources/TrainLoopPython/Python C/Package.swift C/Sources/TrainLoopABI/ABI Conformance/Tests Fuzz/Fuzz.swift \
	Examples/*/Package.swift Examples/*/Sources Examples/OpenAPITransport Integration/programs scripts/Given.swift

.PHONY: $(shell awk -F: '/^[a-z-]+:.*\#\# / { print $$1 }' $(firstword $(MAKEFILE_LIST)))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build everything, with warnings as errors
	$(SWIFT) build --build-tests $(STRICT)

release: ## Build the command line program for use: static runtime, stripped
	$(SWIFT) build -c release --product trainloop --static-swift-stdlib -Xlinker -s
	$(SWIFT) build -c release --product trainloop-inject

test: ## Run all tests
	$(SWIFT) test

core-test: ## Run the core's tests as it is shipped: optimized
	$(SWIFT) test -c release -Xswiftc -enable-testing --package-path Conformance

check: lint layers embedded ## The quick checks: format, layers, Embedded Swift

lint: ## Check the format of every Swift file
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

fmt: ## Format every Swift file
	$(SWIFT) format format --in-place --recursive --parallel $(SOURCES)

layers: ## Check that each target imports only what its floor allows
	python3 scripts/check-layers.py

embedded: ## Check that the core and the appending half of the journal compile as Embedded Swift
	scripts/check-embedded.sh

docs: ## Render the documentation of the Swift products into .build/documentation, and compile its samples
	$(SWIFT) build
	SWIFT="$(SWIFT)" scripts/build-docs.py

golden: ## Write the expected records of the fixtures anew; read the difference before you commit it
	TRAINLOOP_GOLDEN=1 $(SWIFT) test --filter ParserContractTests

python: ## Build the extension for Python; then PYTHONPATH=Python suffices
	SWIFT="$(SWIFT)" scripts/build-python.sh

wheel: python ## Build the wheel, into Python/dist
	scripts/python-environment.sh hatchling
	cd Python && .venvs/tests/bin/python -m hatchling build -t wheel

python-test: python ## Run the tests of Python, without the proof of the clients
	Python/tests/run

integration: python ## Prove the capture of openai, anthropic, litellm, httpx and others, newest
	$(SWIFT) build --product trainloop
	$(SWIFT) build --product trainloop-inject
	.build/debug/trainloop integration-tests

proof: python ## Prove the capture of every client, version, scenario and route; write docs/proof.md anew
	$(SWIFT) build --product trainloop
	$(SWIFT) build --product trainloop-inject
	.build/debug/trainloop integration-tests --matrix --report-markdown docs/proof.md --report-json Integration/proof.json

conformance: ## Replay CORPUS=file, compare with ORACLE=file; SHOW=id shows one exchange, LIST=1 lists what differs
	@test -n "$(CORPUS)" -a -n "$(ORACLE)" || { echo "usage: make conformance CORPUS=file ORACLE=file [SHOW=id | LIST=1]; see docs/conformance.md" >&2; exit 2; }
	@$(SWIFT) build --package-path Conformance -c release --quiet
	@$$($(SWIFT) build --package-path Conformance -c release --show-bin-path)/Conformance \
		--corpus "$(CORPUS)" --oracle "$(ORACLE)" $(if $(SHOW),--show "$(SHOW)") $(if $(LIST),--list)

oracle: ## Make an oracle of CORPUS=file in OUT=file by the official clients (OPENAI=, ANTHROPIC= other versions)
	@test -n "$(CORPUS)" -a -n "$(OUT)" || { echo "usage: make oracle CORPUS=file OUT=file; see docs/conformance.md" >&2; exit 2; }
	@Conformance/clients/oracle.py "$(CORPUS)" "$(OUT)" \
		$(if $(OPENAI),--openai "$(OPENAI)") $(if $(ANTHROPIC),--anthropic "$(ANTHROPIC)")

mutate: ## Make exchanges that nobody recorded from CORPUS=file in OUT=file; SEED (1), COUNT of each (1)
	@test -n "$(CORPUS)" -a -n "$(OUT)" || { echo "usage: make mutate CORPUS=file OUT=file [SEED=1 COUNT=1]; see docs/conformance.md" >&2; exit 2; }
	@Conformance/clients/mutate.py "$(CORPUS)" "$(OUT)" --seed $(or $(SEED),1) --count $(or $(COUNT),1)

fuzz: ## Fuzz each parser and framing for SECONDS (60); FAMILY=name for one
	Fuzz/run $(or $(SECONDS),60) $(FAMILY)

bench: ## Measure against nginx and mitmproxy, side by side
	Benchmarks/run

bench-core: ## Measure the core for each API beside orjson; CORPUS=file prints those of other exchanges
	Benchmarks/core/run $(if $(CORPUS),--corpus "$(CORPUS)",--write Benchmarks/results/core.md)

examples: example-cli ## Build the examples (the server takes minutes: it builds Hummingbird)
	$(SWIFT) build --package-path Examples/Server
	$(SWIFT) build --target OpenAPITransportExample

example-cli: ## Build the command line example: the SDK as another package gets it
	$(SWIFT) build --package-path Examples/CommandLine

bench-swift: ## Measure what recording adds to a call by AsyncHTTPClient and URLSession
	$(SWIFT) build -c release --package-path Benchmarks --scratch-path Benchmarks/.build/sdk --product upstream
	$(SWIFT) build -c release --package-path Benchmarks --scratch-path Benchmarks/.build/sdk --product sdkbench
	Benchmarks/.build/sdk/release/sdkbench --output Benchmarks/results/swift.md

bench-python: ## Measure what recording in process adds in Python, beside TrainLoop 0.9.0
	Benchmarks/python/run

c: ## Build the library for C and other languages into C/build
	$(SWIFT) build -c release --package-path C --product trainloop
	install -d C/build/include C/build/lib
	install -m 644 C/include/trainloop.h C/build/include
	install -m 755 C/.build/release/libtrainloop.so C/build/lib

c-test: c ## Test that library from C
	python3 C/tests/run.py

demo: ## Run the demonstration
	$(SWIFT) run trainloop demo

hooks: ## Install the pre-commit hook
	install -m 755 scripts/pre-commit .git/hooks/pre-commit

clean: ## Remove what was built
	rm -rf .build Benchmarks/.build Conformance/.build Fuzz/.build Python/.build Python/dist C/.build C/build Examples/*/.build
