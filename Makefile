# Watchfire: the commands of the README.
GO ?= go
LINT = $(GO) tool -modfile=tools/go.mod golangci-lint

.PHONY: demo test build lint vet race town browser shots crash bench quality fuzz systemd

demo: ## watch a fictional town through a crisis
	$(GO) run ./daemon/watchfire demo

test: lint vet race town browser systemd ## everything that must hold

build: ## one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o bin/watchfire ./daemon/watchfire

lint:
	$(LINT) run --allow-parallel-runners ./...

vet:
	$(GO) vet ./...
	$(GO) vet -tags failpoints ./daemon/failpoint ./daemon/watchfire

# SQLite is C made Go: under the detector it is ten times slower, and its races are its makers'. Only that
# package: one that instantiates what others do, such as sync.Map, would blind the detector to their locks.
race:
	$(GO) test -race -gcflags=modernc.org/sqlite/lib=-race=false -timeout 30m ./...

town: ## three weeks of a town, a month of a promise, every scenario with restarts, fourteen drills, hostile texts and some crashes, without the race detector
	$(GO) test -timeout 30m -run '^(TestTown|TestTownWatched|TestThirtiethDay|TestScenarios|TestDrills|TestCrashMatrix|TestKilledAtMigration|TestPowerLoss|TestPowerCuts|TestPeers|TestHostile)$$' ./daemon ./daemon/watchfire

browser: ## the console in headless Chromium, every page checked by axe; skipped where there is none
	$(GO) test -count=1 -timeout 30m ./daemon/browser

shots: ## the pictures of docs/console.md, taken anew
	WATCHFIRE_SHOTS=$(CURDIR)/docs/img $(GO) test -count=1 -timeout 30m ./daemon/browser

crash: ## a hundred kills at every failpoint, in bin/crash.md as they come, and power losses at every promise
	@mkdir -p bin
	WATCHFIRE_CRASH_ROUNDS=100 WATCHFIRE_CRASH_TABLE=$(CURDIR)/bin/crash.md \
		$(GO) test -v -timeout 420m -run '^(TestCrashMatrix|TestKilledAtMigration|TestPowerLoss|TestPowerCuts)$$' ./daemon/watchfire

systemd:
	systemd/check.sh

bench: ## the numbers of docs/performance.md
	$(GO) test -run '^$$' -bench . -benchmem ./detectors/... ./daemon/...

quality: ## the tables of docs/quality.md, measured anew
	WATCHFIRE_QUALITY=1 $(GO) test -count=1 -run '^TestQuality$$' ./daemon/watchfire -update

fuzz: ## every fuzz target for ten seconds
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
		echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 10s -fuzzminimizetime 20x $$p || exit 1; done; done
