# Programs, tests and fuzz targets: what is linked from which modules. Included by the Makefile.

ALL_MODULES_BUT_CMD := $(filter-out harness/cmd,$(MODULES))

# A test is linked with every module archive: the linker takes what it refers to.
TESTS := $(sort $(filter-out fixtures/lab/tests/test_lab_%.c netem/tests/test_lab_%.c drivers/tests/test_lab_%.c,$(wildcard */tests/test_*.c */*/tests/test_*.c)))
named = $(addprefix %/test_,$(addsuffix .c,$(1)))
# Minutes of a board's life or of real time, for check-long only (SLOW=1 runs just those).
SLOW_TESTS := $(call named,bench_cables bench_dips bench_handover bench_health bench_lies bench_links bench_negatives bench_refusals \
	bench_relay bench_resets bench_exec campaign_rules crew gateway_bugs lies links net_bugs refusals strategy_runs)
# Under the sanitizers whole trials in real time and signature sweeps are not repeated, and minutes of
# a board's life are for check-long (ASAN_LONG=1 runs just those).
ONCE := $(call named,bench_cables bench_cbus bench_dips bench_handover bench_health bench_identity bench_leases \
	bench_lies bench_links bench_negatives bench_refusals bench_relay bench_resets bench_start bench_trials firmware_signed \
	firmware_variants)
LONG := $(call named,blind board_machine campaign_rules crew dips environs explore_cli explore_random firmware firmware_cuts imageforge \
	bundle lies links merge outcomes over_udp parameters pins promises refusals resets sim_trials strategy_runs suite supply)
ONCE += $(call named,bench_exec)
LONG += $(call named,firmware_net firmware_http)
ONCE += $(call named,firmware_net_bugs gateway_bugs net_bugs)
LONG += $(call named,net_narrow net_trials)
LONG += $(call named,evidence promises_seen sight sim_net stage step_exec user_oracles)
LONG += $(call named,explore gateway gateway_cuts steps)
ifeq ($(V),asan)
TESTS := $(filter-out $(ONCE),$(if $(ASAN_LONG),$(filter $(LONG),$(TESTS)),$(filter-out $(LONG),$(TESTS))))
else
TESTS := $(if $(SLOW),$(filter $(SLOW_TESTS),$(TESTS)),$(filter-out $(SLOW_TESTS),$(TESTS)))
endif
TEST_BINS := $(patsubst %.c,$(B)/%,$(TESTS))
TEST_LIBS = -Wl,--as-needed $(call libs_of,$(MODULES)) -lhttp_parser $(shell pkg-config --libs criterion) -lutil

$(B)/%: $(B)/%.o $(foreach m,$(MODULES),$(call lib,$(m)))
	@echo "  LINK  $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(TEST_SUPPORT) -Wl,--start-group $(foreach m,$(MODULES),$(call lib,$(m))) -Wl,--end-group $(TEST_LIBS)

.PHONY: test tests
tests: $(TEST_BINS)
test: $(if $(T),$(B)/$(T:.c=),$(TEST_BINS)) ## build and run tests; T=path/test_x.c runs one, ARGS=... goes to it
	@printf '%s\n' $(if $(T),$(B)/$(T:.c=),$(TEST_BINS)) | xargs -P $(JOBS) -I{} .ci/sanwrap {} $(ARGS)

# Benchmarks print ratios against something else measured in the same run; they never fail on time.
# Those that need the lab's kernel are run by .ci/benches.
LAB_BENCH := $(addprefix $(B)/netem/tests/,bench_lab_netem bench_lab_goodput)
BENCHES := $(sort $(filter-out $(LAB_BENCH:$(B)/%=%.c),$(wildcard */tests/bench_*.c */*/tests/bench_*.c)))
BENCH_BINS := $(patsubst %.c,$(B)/%,$(BENCHES))
.PHONY: bench
$(B)/harness/tests/bench_start $(B)/harness/tests/bench_sim $(B)/harness/tests/bench_plan: | $(B)/brownout $(B)/brownout-sim $(FW_BINS)
bench: $(BENCH_BINS) $(if $(T),,chain-bench $(if $(filter release,$(V)),lab-vm $(LAB_BENCH))) ## measure; T=path/bench_x.c runs one
	@for b in $(if $(T),$(B)/$(T:.c=),$(BENCH_BINS)); do $$b || exit 1; done
	@$(if $(T),:,.ci/benches $(BENCH_PARTS))

.PHONY: growth
growth: $(B)/harness/explore/tests/bench_closure ## measure what every power cut costs over the size of the images, anew
	@$< harness/explore/growth.tsv
	@awk -f .ci/growth.awk harness/explore/growth.tsv >harness/explore/growth.svg

# A fuzz target runs its corpus as a plain program; with clang's libFuzzer it fuzzes (make fuzz).
FUZZERS := $(sort $(wildcard */fuzz/fuzz_*.c */*/fuzz/fuzz_*.c))
FUZZ_CHOSEN = $(if $(T),$(T),$(FUZZERS))
FUZZ_S ?= 10
corpus_of = fixtures/corpus/$(patsubst fuzz_%,%,$(basename $(notdir $(1))))
REPLAY := $(B)/harness/fuzz/replay.o
$(FUZZERS:%.c=$(B)/%): TEST_SUPPORT = $(if $(filter fuzz,$(V)),-fsanitize=fuzzer,$(REPLAY))
$(FUZZERS:%.c=$(B)/%): $(if $(filter fuzz,$(V)),,$(REPLAY))

.PHONY: corpus floors floors-run fuzz fuzz-run
corpus: $(FUZZ_CHOSEN:%.c=$(B)/%) ## run each fuzz target over its corpus in fixtures/corpus; T=path/fuzz_x.c runs one
	@$(foreach f,$(FUZZ_CHOSEN),$(B)/$(f:.c=) $(call corpus_of,$(f)) &&) :

floors: ## check that the corpora reach what fixtures/corpus/floors names
	@$(MAKE) --no-print-directory -j$(JOBS) V=cover floors-run

floors-run: $(FUZZERS:%.c=$(B)/%)
	@.ci/floors fixtures/corpus $(FUZZERS)

fuzz: ## fuzz each target with libFuzzer for FUZZ_S seconds; T=path/fuzz_x.c fuzzes one
	@$(MAKE) --no-print-directory V=fuzz fuzz-run

# What it finds stays under build/; a crash is turned into a test and a corpus file by hand.
fuzz-run: $(FUZZ_CHOSEN:%.c=$(B)/%)
	@$(foreach f,$(FUZZ_CHOSEN),echo "  FUZZ  $(f)"; mkdir -p $(B)/$(call corpus_of,$(f)) && \
		$(B)/$(f:.c=) -seed=1 -max_total_time=$(FUZZ_S) -timeout=10 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
		-artifact_prefix=$(B)/$(f:.c=)- $(B)/$(call corpus_of,$(f)) $(call corpus_of,$(f)) &&) :

# ---- the harness: one program for real benches, one that contains the virtual board ----
HARNESS_MODULES := $(filter-out harness/cmd harness/explore harness/imagetool drivers/sim drivers/ftdi/switch drivers/net/link drivers/pull drivers/serve drivers/fetch fixtures/%,$(MODULES))
CMD_OBJS := $(filter-out %_main.o %/registry.o %/registry_sim.o %/explore.o %/explore_subject.o %/explore_replay.o %/explore_record.o %/explore_graph.o, \
	$(call objs,$(call srcs,harness/cmd)))
EXPLORE_OBJS := $(addprefix $(B)/harness/cmd/,explore.o explore_subject.o explore_replay.o explore_record.o explore_graph.o)
programs: $(B)/brownout $(B)/brownout-sim
$(B)/brownout: $(B)/harness/cmd/brownout_main.o $(B)/harness/cmd/registry.o $(CMD_OBJS) \
		$(B)/drivers/sim/sim_conf.o $(foreach m,$(HARNESS_MODULES),$(call lib,$(m)))
	$(call link,$(filter %.o,$^),$(HARNESS_MODULES))
$(B)/brownout-sim: $(B)/harness/cmd/brownout_main.o $(B)/harness/cmd/registry_sim.o $(CMD_OBJS) $(EXPLORE_OBJS) \
		$(foreach m,$(HARNESS_MODULES) harness/explore drivers/sim fixtures/board,$(call lib,$(m)))
	$(call link,$(filter %.o,$^),$(HARNESS_MODULES) harness/explore drivers/sim fixtures/board)

$(addprefix $(B)/harness/tests/,test_blind test_cli test_cli_doctor test_explore_cli test_lies test_outcomes test_refusals test_sim_doubt \
	test_links test_net_bugs test_net_narrow test_net_trials test_over_udp test_promises test_resets test_sim_trials test_suite test_bundle test_user_oracles test_step_exec test_programs): \
	| $(B)/brownout $(B)/brownout-sim

# The only program that links libcrypto. Of harness/cmd it takes how options are read.
IMAGETOOL_MODULES := harness/imagetool harness/cmd harness/model harness/image harness/base
programs: $(B)/brownout-image
$(B)/brownout-image: $(B)/harness/imagetool/imagetool_main.o $(foreach m,$(IMAGETOOL_MODULES),$(call lib,$(m)))
	$(call link,$<,$(IMAGETOOL_MODULES))
$(B)/harness/tests/test_container: | $(FW_BINS)
$(B)/harness/tests/test_imagetool $(B)/harness/tests/test_imageforge: | $(B)/brownout-image $(B)/brownout $(FW_BINS)

# The only program that links libftdi1.
SWITCH_MODULES := drivers/ftdi/switch drivers/ftdi harness/base
programs: $(B)/brownout-switch
$(B)/brownout-switch: $(B)/drivers/ftdi/switch/switch_main.o $(foreach m,$(SWITCH_MODULES),$(call lib,$(m)))
	$(call link,$<,$(SWITCH_MODULES))

# The only program of a run that touches a network's configuration.
LINK_MODULES := drivers/net/link drivers/net netem harness/model harness/base
programs: $(B)/brownout-link
$(B)/brownout-link: $(B)/drivers/net/link/link_main.o $(foreach m,$(LINK_MODULES),$(call lib,$(m)))
	$(call link,$<,$(LINK_MODULES))
$(B)/drivers/tests/test_slip $(B)/drivers/tests/test_udp $(B)/drivers/tests/test_link_wire $(B)/drivers/tests/test_lab_slip: | $(B)/brownout-link

# An update server that misbehaves on command, and a client that does not. The only programs that
# link http_parser and libssl, and libcurl.
SERVE_MODULES := drivers/serve harness/model harness/base
programs: $(B)/brownout-serve $(B)/brownout-fetch
$(B)/brownout-serve: $(B)/drivers/serve/serve_main.o $(foreach m,$(SERVE_MODULES),$(call lib,$(m)))
	$(call link,$<,$(SERVE_MODULES),-lhttp_parser)
$(B)/brownout-fetch: $(B)/drivers/fetch/fetch_main.o $(call lib,drivers/fetch)
	$(call link,$<,drivers/fetch)
# A broker and an update server for devices that fetch their updates. The only program that links
# libmosquitto.
PULL_MODULES := drivers/pull harness/model harness/image harness/base
programs: $(B)/brownout-pull
$(B)/brownout-pull: $(B)/drivers/pull/pull_main.o $(foreach m,$(PULL_MODULES),$(call lib,$(m)))
	$(call link,$<,$(PULL_MODULES))
$(B)/drivers/tests/test_pull: | $(B)/brownout-pull $(B)/brownout-serve $(B)/brownout
$(B)/drivers/tests/test_serve $(B)/drivers/tests/test_serve_away $(B)/harness/tests/test_server_check: | $(B)/brownout-serve $(B)/brownout-fetch $(B)/brownout

# ---- the virtual bench: on-bench, its daemon, its rack file and the libusb that stands in ----
# The library is loaded into unmodified programs (OpenOCD), hence never built with a sanitizer.
SHIM := $(B)/fixtures/shim/libusb-1.0.so.0
$(SHIM): $(wildcard fixtures/ftdi/shim/*.c fixtures/ftdi/shim/*.h) fixtures/ftdi/usbip.h Makefile
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -std=gnu11 -fPIC -fvisibility=hidden $(WARN) -O2 -g -D_GNU_SOURCE -I. -shared \
		-Wl,-soname,libusb-1.0.so.0 -o $@ $(filter %.c,$^)

VBENCH_MODULES := fixtures/lab fixtures/ftdi fixtures/board
$(B)/fixtures/vbench: $(B)/fixtures/lab/vbench_main.o $(foreach m,$(VBENCH_MODULES),$(call lib,$(m)))
	$(call link,$<,$(VBENCH_MODULES))
$(B)/fixtures/on-bench: $(B)/fixtures/lab/on_bench_main.o $(call lib,fixtures/lab)
	$(call link,$<,fixtures/lab)
# An update program as a user might write one.
UPDATER_MODULES := drivers/update harness/model harness/base
UPDATER := $(B)/fixtures/updater
$(UPDATER): $(B)/fixtures/lab/updater_main.o $(foreach m,$(UPDATER_MODULES),$(call lib,$(m)))
	$(call link,$<,$(UPDATER_MODULES),$(shell pkg-config --libs libsodium))
programs: $(UPDATER)
$(B)/fixtures/lab/tests/test_bench_exec: | $(UPDATER)
$(B)/fixtures/%.yaml: fixtures/racks/%.yaml
	@mkdir -p $(@D)
	$(Q)cp $< $@
BENCH := $(SHIM) $(addprefix $(B)/fixtures/,vbench on-bench $(notdir $(wildcard fixtures/racks/bench*.yaml fixtures/racks/lab*.yaml)))
programs: $(BENCH)
$(B)/fixtures/ftdi/tests/test_shim $(B)/fixtures/lab/tests/test_vbench $(B)/fixtures/lab/tests/test_on_bench: | $(BENCH)
# The whole chain: what a user would have built, and a bench that keeps up with real time.
$(patsubst %.c,$(B)/%,$(wildcard fixtures/lab/tests/test_bench_*.c)): | chain-bench $(B)/brownout $(B)/brownout-sim \
	$(B)/brownout-switch $(FW_BINS)
.PHONY: chain-bench
chain-bench: $(if $(filter release,$(V)),$(BENCH))
	$(if $(filter release,$(V)),,@$(MAKE) --no-print-directory V=release $(BENCH:$(B)/%=build/release/%))
ifeq ($(V),release)
# Where people look for it: build/fixtures/on-bench.
programs: build/fixtures
build/fixtures:
	@mkdir -p build
	$(Q)ln -sfn release/fixtures $@
endif
$(B)/drivers/tests/test_switch_usb $(B)/drivers/tests/test_switch_cbus: | $(B)/brownout-switch $(SHIM)

include .ci/gateway.mk
include .ci/lab.mk

# The program that the board's tests run.
BOARD_FW_SRC := $(wildcard fixtures/board/tests/fw/*.c)
BOARD_FW := $(B)/fixtures/board/tests/fw/kit.bin
ARM_CC := arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -Os -g -ffreestanding -fno-tree-loop-distribute-patterns \
	-nostdlib -Wall -Wextra -Werror -I.

$(BOARD_FW): $(BOARD_FW_SRC) $(wildcard fixtures/board/tests/fw/*.h) fixtures/board/tests/fw/fw.ld
	@mkdir -p $(@D)
	@echo "  FW    $@"
	$(Q)$(ARM_CC) -T fixtures/board/tests/fw/fw.ld -o $(@:.bin=.elf) $(BOARD_FW_SRC) -lgcc
	$(Q)arm-none-eabi-objcopy -O binary $(@:.bin=.elf) $@

$(filter $(B)/fixtures/board/tests/%,$(TEST_BINS) $(BENCH_BINS)): | $(BOARD_FW)

# A virtual board on its own, for use with a debugger by hand.
VBOARD_MODULES := fixtures/lab fixtures/board
programs: $(B)/vboard
$(B)/vboard: $(B)/fixtures/lab/vboard_main.o $(foreach m,$(VBOARD_MODULES),$(call lib,$(m)))
	$(call link,$<,$(VBOARD_MODULES))
$(B)/fixtures/lab/tests/test_vboard: | $(B)/vboard
