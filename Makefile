# brownout. `make help` lists the targets. One file, not recursive; objects under build/<variant>/.

V ?= release
JOBS ?= $(shell nproc)
VERBOSE ?= 0
PREFIX ?= /usr/local
VERSION := 0.1.0

B := build/$(V)
Q := $(if $(filter 1,$(VERBOSE)),,@)
CC.release := gcc
CC.debug := gcc
CC.asan := gcc
CC.clang := clang
CC.fuzz := clang
CC.cover := gcc
CC = $(CC.$(V))
OPT.release := -O2 -g
OPT.debug := -Og -g3
OPT.clang := -O2 -g
OPT.asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT.fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
OPT.cover := -O0 -g --coverage
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wconversion -Wformat=2 -Werror
CFLAGS ?=
ALL_CFLAGS = -std=gnu11 -fPIC -fvisibility=hidden $(WARN) $(OPT.$(V)) $(CFLAGS) -D_GNU_SOURCE -I. \
	-DBO_VERSION='"$(VERSION)"' -DBO_LIBEXECDIR='"$(PREFIX)/libexec"' -DBO_SCENARIODIR='"$(PREFIX)/share/brownout/scenarios"' \
	-MMD -MP
LDFLAGS_ALL = $(OPT.$(V)) $(LDFLAGS)

.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

.PHONY: all
all: programs ## build everything (V=release|debug|asan|clang)

# ---- modules: a folder each, an archive each; ranks as in .ci/layers.awk ----
MODULES := harness/base harness/model harness/image harness/engine harness/doctor harness/explore harness/cmd harness/imagetool reports \
	drivers/exec drivers/fetch drivers/ftdi drivers/ftdi/switch drivers/net drivers/net/link drivers/openocd drivers/pull drivers/serial drivers/serve drivers/sim drivers/update netem \
	fixtures/board fixtures/firmware/core fixtures/firmware/host fixtures/ftdi fixtures/gateway fixtures/lab fixtures/lab/vm fixtures/images

PKG.harness/model := yaml-0.1 jansson
PKG.harness/image := libsodium libelf
PKG.harness/engine := jansson libsodium
PKG.harness/cmd := jansson libsodium
PKG.harness/imagetool := jansson libcrypto
PKG.reports := jansson
PKG.drivers/update := libcbor
PKG.drivers/serial := libserialport
PKG.drivers/fetch := libcurl jansson libcrypto
PKG.drivers/ftdi/switch := libftdi1
PKG.drivers/pull := libmosquitto jansson libsodium
PKG.drivers/serve := jansson openssl
PKG.netem := libnl-3.0
PKG.drivers/net/link := $(PKG.netem)
PKG.netem/tests := $(PKG.netem)
PKG.netem/fuzz := $(PKG.netem)
PKG.fixtures/board := unicorn
PKG.fixtures/firmware/core := libsodium
PKG.fixtures/gateway := libcurl libmosquitto jansson libcrypto
PKG.fixtures/gateway/tests := jansson
PKG.fixtures/gateway/fuzz := jansson
PKG.fixtures/images := libsodium

srcs = $(sort $(wildcard $(1)/*.c))
objs = $(patsubst %.c,$(B)/%.o,$(1))
lib = $(B)/lib/$(subst /,-,$(1)).a
pkgs = $(foreach m,$(1),$(PKG.$(m)))
libs_of = $(if $(strip $(call pkgs,$(1))),$(shell pkg-config --libs $(sort $(call pkgs,$(1)))))

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(if $(PKG.$(patsubst %/,%,$(dir $<))),$(shell pkg-config --cflags $(PKG.$(patsubst %/,%,$(dir $<))))) -c $< -o $@

define module_rule
$(call lib,$(1)): $(call objs,$(filter-out %_main.c,$(call srcs,$(1))))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)ar rcs $$@ $$^
endef
$(foreach m,$(MODULES),$(eval $(call module_rule,$(m))))

# ---- programs: NAME, the module of its NAME_main.c, the modules it links ----
HARNESS := harness/engine harness/doctor reports harness/image harness/model harness/base
DRIVERS := drivers/exec drivers/ftdi drivers/net drivers/openocd drivers/serial drivers/update

link = @mkdir -p $(@D); $(if $(Q),echo "  LINK  $@";) $(CC) $(LDFLAGS_ALL) -o $@ $(1) -Wl,--start-group $(foreach m,$(2),$(call lib,$(m))) -Wl,--end-group $(call libs_of,$(2)) $(3)

include .ci/firmware.mk
include .ci/programs.mk

ifeq ($(V),release)
programs: build/brownout
build/brownout: $(B)/brownout
	$(Q)ln -sfn release/brownout $@
endif

.PHONY: deps demo check check-long night install
deps: ## install the Debian packages that are missing (asks sudo for that alone)
	@.ci/deps

demo: ## see it work: seven updates on virtual benches, about a minute
	@.ci/deps
	@$(MAKE) --no-print-directory -j$(JOBS) all firmware
	@.ci/demo

TIER = MAKE="$(MAKE)" .ci/tier
# Behind "--": what runs beside each other.
IN_REAL_TIME := tier-unit-slow tier-lab-long tier-planted-gateway tier-beside tier-asan-long tier-bench
ON_ANY_CLOCK := tier-clang tier-fuzz tier-sweep tier-planted tier-planted-network tier-zoo tier-closure tier-clones
check: ## everything that must hold before a commit lands, under 10 minutes on 2 cores
	@.ci/deps
	@$(TIER) check tier-lint tier-build -- tier-unit tier-asan tier-readme tier-lab tier-network-smoke -- tier-meta tier-corpus tier-floors tier-sim
check-long: ## more of it, under an hour: clang, fuzzing, sweeps
	@.ci/deps
	@$(TIER) check-long tier-build-long -- $(IN_REAL_TIME) -- $(ON_ANY_CLOCK)
night: ## for as long as it takes: the suites on sim, bench and in the lab (RACKS=...), fuzzing, benchmarks, every seventh flash operation cut
	@.ci/deps
	@NIGHT_FUZZ_S=600 NIGHT_SWEEP=7 $(TIER) night tier-build tier-suite tier-suite-network tier-fuzz tier-sweep tier-bench-long

# ---- the parts of the tiers ----
.PHONY: tier-lint tier-build tier-build-long tier-unit tier-unit-slow tier-asan tier-meta tier-corpus tier-floors tier-sim tier-suite tier-readme \
	tier-asan-long tier-clang tier-fuzz tier-sweep tier-planted tier-planted-network tier-planted-gateway tier-zoo tier-closure tier-clones tier-beside tier-bench tier-lab tier-lab-long \
	tier-network-smoke tier-suite-network tier-bench-long
tier-lint: lint
# What the lists of a tier have in common is built before they begin.
tier-build:
	@$(MAKE) --no-print-directory -j$(JOBS) all firmware lab-vm
tier-build-long: tier-build
	@$(MAKE) --no-print-directory -j$(JOBS) SLOW=1 planted tests
tier-unit:
	@$(MAKE) --no-print-directory -j$(JOBS) tests
	@$(MAKE) --no-print-directory -k test
tier-unit-slow:
	@$(MAKE) --no-print-directory -j$(JOBS) SLOW=1 tests
	@BO_TEST_LIMIT_S=1800 $(MAKE) --no-print-directory -k SLOW=1 test
tier-asan:
	@$(MAKE) --no-print-directory -j$(JOBS) V=asan all tests
	@$(MAKE) --no-print-directory -k V=asan test
tier-asan-long:
	@$(MAKE) --no-print-directory -j$(JOBS) V=asan ASAN_LONG=1 all tests
	@BO_TEST_LIMIT_S=1800 $(MAKE) --no-print-directory -k V=asan ASAN_LONG=1 test
META := $(addprefix build/asan/.ci/meta/,test_clean test_hang test_leak test_skip test_ub)
tier-meta:
	@$(MAKE) --no-print-directory V=asan $(META)
	@.ci/meta/prove
tier-corpus:
	@$(MAKE) --no-print-directory -j$(JOBS) V=asan corpus
tier-floors:
	@$(MAKE) --no-print-directory floors
	@.ci/meta/prove-floors
tier-sim:
	@.ci/sim-sweep 1499
	@.ci/night --reduced sim compact overwrite worn
	@.ci/night --suite network --only quick net
tier-suite:
	@$(MAKE) --no-print-directory -j$(JOBS) all firmware lab-vm
	@.ci/night $(RACKS)
# All of it, minutes a trial where the network is slow.
tier-suite-network:
	@$(MAKE) --no-print-directory -j$(JOBS) all firmware lab-vm
	@.ci/night --suite network --again 2 lab-net gateway
tier-bench-long:
	@$(MAKE) --no-print-directory bench
tier-readme:
	@.ci/unprivileged .ci/readme-run
tier-lab:
	@$(MAKE) --no-print-directory -j$(JOBS) all firmware lab-vm
	@.ci/lab-smoke clean-update upload-cut
	@.ci/lab-kill KILL
# Five settings, a transfer that resumes, a process that is killed: 15 s.
tier-network-smoke:
	@$(MAKE) --no-print-directory network-smoke
tier-clang:
	@$(MAKE) --no-print-directory -j$(JOBS) V=clang all
# What a night does more of: seconds a fuzz target, and which share of the flash operations is cut.
tier-fuzz:
	@$(MAKE) --no-print-directory fuzz FUZZ_S=$(or $(NIGHT_FUZZ_S),6)
tier-sweep:
	@.ci/sim-sweep $(or $(NIGHT_SWEEP),83)
	@.ci/sim-bisect 50
tier-planted:
	@$(MAKE) --no-print-directory -j$(JOBS) all firmware planted
	@.ci/planted
# Servers with a bug that only a network shows.
tier-planted-network:
	@$(MAKE) --no-print-directory -j$(JOBS) all firmware
	@.ci/planted-network
# Gateways with a bug that a bad server, a cut or a job shows: they wait for real servers.
tier-planted-gateway:
	@$(MAKE) --no-print-directory -j$(JOBS) all firmware gateway-bugs
	@.ci/planted-gateway
tier-closure:
	@BROWNOUT_SWEEP=1000 $(MAKE) --no-print-directory test T=harness/explore/tests/test_explore_random.c
	@.ci/closures
tier-zoo:
	@$(MAKE) --no-print-directory zoo
tier-clones:
	@.ci/clones
tier-beside:
	@.ci/beside
# Without its longest part, what eight benches cost each other.
tier-bench:
	@$(MAKE) --no-print-directory bench BENCH_PARTS='resume memory network'
tier-lab-long:
	@$(MAKE) --no-print-directory -j$(JOBS) all firmware lab-vm
	@.ci/lab-smoke clean-update upload-cut swap-cut never-confirmed swap-cut-forgetful
	@.ci/lab-smoke --native clean-update upload-cut swap-cut
	@.ci/lab-kill TERM
	@.ci/lab-vm
	@$(MAKE) --no-print-directory lab-test
	@$(MAKE) --no-print-directory check-network

install: all ## install below PREFIX (/usr/local), DESTDIR is honoured
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec \
		$(DESTDIR)$(PREFIX)/share/brownout/scenarios/targets
	install -m 755 $(B)/brownout $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(B)/brownout-sim $(B)/brownout-switch $(B)/brownout-image $(B)/brownout-serve $(B)/brownout-fetch $(B)/brownout-link \
		$(B)/brownout-pull $(DESTDIR)$(PREFIX)/libexec/
	install -m 644 scenarios/*.yaml $(DESTDIR)$(PREFIX)/share/brownout/scenarios/
	install -m 644 scenarios/targets/*.yaml $(DESTDIR)$(PREFIX)/share/brownout/scenarios/targets/

.PHONY: programs clocks capabilities capabilities-check reference reference-check lint headers layers sizes format format-check clean help
programs: $(foreach m,$(MODULES),$(call lib,$(m)))

# A header that forgot an include is found by the first file that includes it first: here.
HEADER_CFLAGS = -fsyntax-only -std=gnu11 -D_GNU_SOURCE -I. $(shell pkg-config --cflags jansson libnl-3.0)
headers: $(shell git ls-files 'drivers/*.h' 'harness/*.h' 'netem/*.h' 'reports/*.h' 2>/dev/null | grep -v '/tests/\|/fuzz/')
	@printf '%s\n' $^ | xargs -P $(JOBS) -I{} $(CC) $(HEADER_CFLAGS) -include {} -x c /dev/null

clocks: ## fail where product code but harness/base/clock.c reads time or sleeps
	@! git ls-files -co --exclude-standard 'drivers/*.c' 'harness/*.c' 'netem/*.c' 'reports/*.c' | \
		grep -v '/tests/\|/fuzz/\|^harness/base/clock\.c$$' | \
		xargs grep -nE '\b(time|clock_gettime|gettimeofday|usleep|nanosleep|sleep)\(' /dev/null | grep -v '"\|/\*\|^[^:]*:[0-9]*: \*'

layers: ## fail on an include that points upwards
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs grep -n '#include "' /dev/null | awk -f .ci/layers.awk

format: ## reformat all sources
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

format-check:
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format --dry-run -Werror

sizes:
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs awk -f .ci/sizes.awk

capabilities: build/brownout ## write what the racks can do into scenarios/README.md
	@.ci/capabilities
capabilities-check: build/brownout
	@.ci/capabilities --check

reference: build/brownout ## write the keys of scenarios, suites and target classes into scenarios/README.md
	@.ci/reference
reference-check: build/brownout
	@.ci/reference --check

lint: format-check layers clocks sizes headers capabilities-check reference-check ## format, layers, sizes, headers that stand alone, generated tables

clean: ## remove everything built
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
-include $(shell find $(B) -name "*.d" 2>/dev/null)
