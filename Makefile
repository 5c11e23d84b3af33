# Every target is one line: `make help` lists them. Go, make, git and a C compiler
# (for the race detector) are all that has to be there, and for e2e Node with npm,
# and Chromium; the rest is built from source.

VERSION  := $(shell cat VERSION)
REVISION := $(shell git rev-parse HEAD 2>/dev/null)
INFO     := github.com/prometheus/common/version
LDFLAGS  := -s -w -X $(INFO).Version=$(VERSION) -X $(INFO).Revision=$(REVISION)
TEST     := test -race -shuffle=on
FUZZTIME ?= 10s
CHAOS    ?= 1h
LINT     := tool -modfile=$(CURDIR)/tools/go.mod golangci-lint

.DEFAULT_GOAL := help
.PHONY: help build test lint fmt unit e2e bench fuzz soak screenshots golden demo

help: ## list the targets
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

build: ## build the static binary, the same bytes each time
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' ./cmd/realtimekit_exporter

test: lint unit e2e ## run everything that has to pass

lint: ## check format, vet and lint both modules
	@files=$$(gofmt -l .); test -z "$$files" || { echo "not gofmt'ed: $$files" >&2; exit 1; }
	go vet ./...
	go -C e2e vet ./...
	go $(LINT) run
	go -C e2e $(LINT) run

fmt: ## format the code and sort its imports
	go $(LINT) fmt
	go -C e2e $(LINT) fmt

unit: ## test the exporter, with the race detector
	go $(TEST) ./...

e2e: e2e/node_modules/.package-lock.json ## test the built exporter against a real Prometheus
	go -C e2e $(TEST) -count=1 -timeout=30m ./...

e2e/node_modules/.package-lock.json: e2e/package.json e2e/package-lock.json e2e/.npmrc
	npm --prefix e2e ci --ignore-scripts --no-audit --no-fund

bench: ## run the benchmarks, whose figures are in docs/performance.md
	go test -run '^$$' -bench . -benchtime 4x ./...

fuzz: ## fuzz every target for FUZZTIME, 10 seconds unless said
	@for f in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
		for name in $$(sed -n 's/^func \(Fuzz[[:alnum:]_]*\).*/\1/p' $$f); do \
			echo "$$name in $$f" && go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$(dirname $$f) || exit 1; \
		done; \
	done

soak: ## let the API fail by chance for CHAOS, an hour unless said, under a real Prometheus
	CHAOS=$(CHAOS) go -C e2e $(TEST) -count=1 -v -timeout=0 -run '^TestInChaos' ./...

screenshots: e2e/node_modules/.package-lock.json ## take the pictures in docs/images anew: look at them
	SCREENSHOTS=$(CURDIR)/docs/images go -C e2e test -count=1 -run '^TestPicturesOfTheStatusPageAreTaken$$' ./...

golden: ## write the golden files and the README's tables anew: look at the diff
	go test ./collector ./cmd/realtimekit_exporter -update

demo: ## serve a simulated account on http://localhost:11780
	go run ./cmd/realtimekit_exporter --demo
