# `make help` lists the targets. They need Go, make, git and a C compiler. tools/packages
# installs or lists what else the tests need. The rest is built from source.

VERSION  := $(shell cat VERSION)
REVISION := $(shell git rev-parse HEAD 2>/dev/null)
INFO     := github.com/prometheus/common/version
LDFLAGS  := -s -w -X $(INFO).Version=$(VERSION) -X $(INFO).Revision=$(REVISION)
TEST     := test -race -shuffle=on
E2E      := test -shuffle=on -count=1 -timeout=30m
FUZZTIME ?= 10s
CHAOS    ?= 1h

PLATFORMS         ?= linux/amd64 linux/arm64 linux/armv7 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),0)

# A month's end, a year's end, a leap day, a Monday, and around 00:00 UTC.
DATES ?= 2026-11-30T12:00:00Z 2026-12-31T18:00:00Z 2028-02-29T09:00:00Z 2027-03-01T15:00:00Z 2027-06-15T23:59:00Z 2027-06-16T00:01:00Z
DATED ?= . tools e2e
ZONE  ?= America/Los_Angeles

MODULES  := . e2e deploy/test tools tools/release
TOOL     := tool -modfile=$(CURDIR)/tools/go.mod
LINT     := $(TOOL) golangci-lint

.DEFAULT_GOAL := help
.PHONY: help build test lint fmt unit race e2e dates deploy image compose kubernetes helm systemd release docs dist vulncheck bench fuzz soak dashboards screenshots golden generate demo

help: ## list the targets
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 13

build: ## build the static binary, reproducibly
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' ./cmd/realtimekit_exporter

test: ## run every check of the code: lint, race, e2e
	tools/packages test
	$(MAKE) lint race e2e

lint: ## check format, vet (also for darwin and windows) and lint every module
	@files=$$(gofmt -l .); test -z "$$files" || { echo "not gofmt'ed: $$files" >&2; exit 1; }
	@for os in darwin windows; do echo "go vet for $$os: ." && GOOS=$$os CGO_ENABLED=0 go vet ./... || exit 1; done
	@for m in $(MODULES); do echo "go vet, golangci-lint: $$m" && go -C $$m vet ./... && go -C $$m $(LINT) run || exit 1; done

fmt: ## format the code and sort its imports
	@for m in $(MODULES); do go -C $$m $(LINT) fmt || exit 1; done

unit: ## test the exporter alone, in seconds
	go test -shuffle=on ./...
	go -C tools test ./dashboards ./rules ./testdates

race: ## run the tests of unit with the race detector
	go $(TEST) ./...
	go -C tools $(TEST) ./dashboards ./rules ./testdates

# At most two packages at a time (-p 2): their tests start programs that keep all cores
# busy, and wait most of the time. The built program is what they test, and that has no
# race detector.
e2e: e2e/node_modules/.package-lock.json ## test the built exporter against a real Prometheus and a real Chromium
	go -C e2e $(E2E) -p 2 ./...

e2e/node_modules/.package-lock.json: e2e/package.json e2e/package-lock.json e2e/.npmrc
	npm --prefix e2e ci --ignore-scripts --no-audit --no-fund

dates: e2e/node_modules/.package-lock.json ## run the tests at each of DATES, in time zone ZONE; takes hours, minutes with DATED=.
	@for d in $(DATES); do for m in $(DATED); do \
		echo "$$m at $$d" && go -C tools run ./testdates -C $(CURDIR)/$$m -zone=$(ZONE) $$d -timeout=60m ./... || exit 1; \
	done; done

deploy: ## test each way to deploy; needs root and Debian
	tools/packages deploy
	$(MAKE) image compose kubernetes helm systemd release docs

image: ## build the container image and run it; needs root, and Debian's buildah and iproute2
	go -C deploy/test $(TEST) -count=1 -timeout=30m ./image

compose: ## load deploy/compose as Docker Compose does, and run its programs
	go -C deploy/test $(TEST) -count=1 ./compose
	go -C e2e $(E2E) ./compose

kubernetes: ## build deploy/kubernetes with kustomize, and check the objects
	go -C deploy/test $(TEST) -count=1 ./kubernetes
	go -C e2e $(E2E) ./kubernetes

helm: ## lint and render deploy/helm with Helm, and check the objects and the package
	go -C deploy/test $(TEST) -count=1 ./helm

systemd: ## run deploy/systemd and the packages under a real systemd; needs root, and Debian's systemd and rpm
	go -C deploy/test $(TEST) -count=1 -v ./systemd

docs: ## check docs/deploy.md: blocks from files and tests, tables from the program
	go -C deploy/test $(TEST) -count=1 -v ./docs

dist: ## build the files of a release into dist/, reproducibly
	go -C tools/release run ./dist -root='$(CURDIR)' -version='$(VERSION)' -ldflags='$(LDFLAGS)' -epoch='$(SOURCE_DATE_EPOCH)' -cache='$(DISTCACHE)' chart $(PLATFORMS)

vulncheck: ## look up the exporter's dependencies and Go's library in the Go vulnerability database
	go $(TOOL) govulncheck ./...

release: ## check the workflows, and that a release built twice is the same (Debian: shellcheck)
	shellcheck .ci/run tools/packages deploy/packages/*.sh deploy/test/systemd/testdata/boot.sh
	go $(TOOL) govulncheck -version
	go -C tools/release tool actionlint -color $(CURDIR)/.github/workflows/*.yml
	go -C tools/release $(TEST) ./...
	go -C deploy/test $(TEST) -count=1 -timeout=30m -v ./release

bench: ## run the benchmarks, whose figures are in docs/development/performance.md
	go test -run '^$$' -bench . -benchtime 4x ./...

fuzz: ## fuzz every target for FUZZTIME, 10 seconds by default
	@for f in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
		for name in $$(sed -n 's/^func \(Fuzz[[:alnum:]_]*\).*/\1/p' $$f); do \
			echo "$$name in $$f" && go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$(dirname $$f) || exit 1; \
		done; \
	done

soak: ## inject random API faults for CHAOS, an hour by default, with a real Prometheus
	CHAOS=$(CHAOS) go -C e2e $(TEST) -count=1 -v -timeout=0 ./chaos

dashboards: tools/draw/node_modules/.package-lock.json ## draw the dashboards with Grafana's components into dist/dashboards: review them
	go -C e2e run ./grafana/draw -out='$(CURDIR)/dist/dashboards'

tools/draw/node_modules/.package-lock.json: tools/draw/package.json tools/draw/package-lock.json tools/draw/.npmrc
	npm --prefix tools/draw ci --ignore-scripts --no-audit --no-fund

screenshots: tools/draw/node_modules/.package-lock.json e2e/node_modules/.package-lock.json ## update the pictures in docs/images: review them
	SCREENSHOTS=$(CURDIR)/docs/images go -C tools run ./testdates -C $(CURDIR)/e2e 2026-11-20T15:00:00Z -run StatusPage ./screenshots
	go -C e2e run ./grafana/draw -only='^(livestreams|exporter)-' -out='$(CURDIR)/docs/images'

golden: ## update the golden files, the PrometheusRule and the tables of docs/reference.md: review the diff
	go test ./collector ./cmd/realtimekit_exporter ./cmd/realtimekit_exporter/internal/config -update
	go -C deploy/test test ./kubernetes -run PrometheusRule -update

generate: ## generate the dashboards and recording rules
	go -C tools generate ./...

demo: ## serve a simulated account on http://localhost:11780
	go run ./cmd/realtimekit_exporter --demo
