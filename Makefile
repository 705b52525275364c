# Peel: `make run` opens it, `make test` checks everything.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Packages whose code runs in WebAssembly too: their tests run there as well.
CORE = $(shell go list ./core/... | grep -v /core/cmd/)
WASM_EXEC = $(shell go env GOROOT)/lib/wasm/go_js_wasm_exec
# Packages whose bits enter a digest or the picture in site/docs: no processor may fuse a product with a sum.
BITS = ./core/nn ./core/rng ./core/oracle ./core/linalg ./core/critical ./core/signature ./core/sign ./core/fit ./core/extract ./core/published ./core/picture
NODE_TEST = node --test --test-concurrency=$(FILES_AT_ONCE) --test-reporter=spec
FILES_AT_ONCE = 1
say = @printf '\n\033[1m== %s\033[0m\n' "$(1)"

.PHONY: help
help:
	@echo "make run    build everything and serve it on 127.0.0.1"
	@echo "make test   run every test, in Go, in WebAssembly and in a browser"
	@echo "make build  build the command line (build/peel) and the site (site/dist)"
	@echo "make dist   put the site into one file for any static host, build/peel-site.zip"
	@echo "make bench  run every method on small networks, in twenty minutes at most, and print tables and figures"
	@echo "            (make bench-full for those of the literature, half an hour that can be interrupted; make bench-deep for"
	@echo "            eight hidden layers, make bench-own for Peel on every victim, make bench-browser for the same in a browser,"
	@echo "            make bench-resume for eight hidden layers there, make bench-go for every stage)"
	@echo "make edge   build the edge worker (build/edge) and say how to deploy it"
	@echo "make clean  remove what was built"

.PHONY: run
run: build
	@build/local

.PHONY: build
build: tools
	$(call say,Command line and local server)
	go build -trimpath -o build/peel ./core/cmd/peel
	go build -trimpath -o build/local ./workers/cmd/local
	$(call say,Site)
	node site/build.mjs

# The same commit gives the same bytes.
.PHONY: dist
dist: build
	$(call say,Site in one file)
	@SOURCE_DATE_EPOCH="$$(git log -1 --format=%ct 2>/dev/null || true)" go run ./workers/cmd/zip

# What has to be installed first.
.PHONY: tools
tools: site/node_modules/.package-lock.json
	@command -v go >/dev/null || { echo "Peel needs Go 1.26 or newer: install it from go.dev."; exit 2; }

site/node_modules/.package-lock.json: site/package.json site/package-lock.json
	@command -v npm >/dev/null || { echo "Peel needs Node.js 20 or newer with npm: install it first."; exit 2; }
	$(call say,Packages of the site)
	cd site && npm ci --no-audit --no-fund
	@touch $@

# The edge worker: what wrangler deploys, and what the tests run in workerd.
.PHONY: edge
edge: build edge-worker
	@echo
	@echo "To deploy it to Cloudflare Workers, the page included:"
	@echo "  npx --prefix workers/edge wrangler login"
	@echo "  npx --prefix workers/edge wrangler deploy --config workers/edge/wrangler.jsonc"

.PHONY: edge-worker
edge-worker: workers/edge/node_modules/.package-lock.json
	$(call say,Edge worker)
	node workers/edge/build.mjs

workers/edge/node_modules/.package-lock.json: workers/edge/package.json workers/edge/package-lock.json
	$(call say,Packages of the edge worker)
	cd workers/edge && npm ci --no-audit --no-fund
	@touch $@

.PHONY: chromium
chromium:
	@bash site/test/help/chromium.sh

.PHONY: test
test: vet test-go test-wasm check test-node build test-edge test-browser
	$(call say,Everything passed)

.PHONY: vet
vet:
	$(call say,Formatting and vet)
	@bad="$$(gofmt -l core wasm models workers)"; if [ -n "$$bad" ]; then echo "gofmt these files:"; echo "$$bad"; exit 1; fi
	go vet ./...
	@bad="$$(GOARCH=arm64 go build -gcflags=-S $(BITS) 2>&1 | grep -E '[[:space:]]FN?M(ADD|SUB)D[[:space:]]' || true)"; \
	if [ -n "$$bad" ]; then echo "These sums would be fused on arm64, where a run would get another digest; write float64(a*b)+c:"; echo "$$bad"; exit 1; fi
	GOOS=js GOARCH=wasm go vet ./wasm/... ./workers/cmd/edge ./workers/store/edge $(CORE)

.PHONY: test-go
test-go:
	$(call say,Go tests)
	go test ./...

.PHONY: test-wasm
test-wasm:
	$(call say,Go tests of the core in WebAssembly)
	GOOS=js GOARCH=wasm go test -exec "$(WASM_EXEC)" $(CORE)

.PHONY: check
check: tools
	$(call say,TypeScript)
	cd site && npm run --silent check

.PHONY: test-node
test-node: tools
	$(call say,Tests in Node)
	$(NODE_TEST) wasm/test/node/ site/test/rules/

# In workerd, the program that runs it at the edge; no network is needed.
.PHONY: test-edge
test-edge: edge-worker
	$(call say,Tests of the edge worker in workerd)
	$(NODE_TEST) workers/edge/test/

# These wait for the eye most of the time: two files at a time, each with a browser and a server of its own.
.PHONY: test-browser
test-browser: FILES_AT_ONCE = 2
test-browser: chromium
	$(call say,Tests in the browser)
	$(NODE_TEST) wasm/test/browser/ site/test/browser/

# Networks with two hidden layers must come out right in every row; deeper and wider ones show how far they get.
COMPLETE = mnist-784-8x2-1-s1 mnist-784-16x2-1-s1 mnist-784-16x2-1-s2 mnist-784-32x2-1-s1 mnist-784-64x2-1-s1 mnist-784-16x2-10-s1
PARTIAL = mnist-784-16x8-1-s1 spirals-2-16-8-1-s1

# Campaigns: results and figures go to build/; those committed are in core/campaign/files.
.PHONY: bench bench-full bench-deep
bench: CAMPAIGN = bench
bench-full: CAMPAIGN = full
bench-deep: CAMPAIGN = deep
bench bench-full bench-deep: tools
	@go build -trimpath -o build/peel ./core/cmd/peel
	build/peel bench core/campaign/files/$(CAMPAIGN).json --results build/$(CAMPAIGN).results.jsonl --plots build/$(CAMPAIGN)-plots

.PHONY: bench-own
bench-own: tools
	@go build -trimpath -o build/peel ./core/cmd/peel
	$(call say,One thread: queries described by their structure)
	build/peel bench $(COMPLETE)
	$(call say,One thread: every query a full input)
	build/peel bench --plain $(COMPLETE)
	$(call say,What survives answers of lower precision and noise: three seeds each)
	build/peel bench --precisions --seeds 1-3
	$(call say,Eight hidden layers, and layers wider than their input: how far it gets)
	-build/peel bench --seeds 1-2 $(PARTIAL)
	@$(MAKE) bench-browser

.PHONY: bench-browser
bench-browser: build chromium
	$(call say,In a browser: one and two workers against one native thread)
	@node site/test/bench/browser.mjs

.PHONY: bench-resume
bench-resume: build chromium
	$(call say,Eight hidden layers in a browser whose tab is closed halfway)
	@node site/test/bench/resume.mjs

.PHONY: bench-go
bench-go:
	$(call say,Every stage by itself)
	go test ./core/... -run '^$$' -bench .

.PHONY: clean
clean:
	rm -rf build site/dist site/screenshots
