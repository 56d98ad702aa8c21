# The lab: a virtual machine with Debian's kernel, build/lab/, and what runs inside.

VM := fixtures/lab/vm
VM_MODULES := fixtures/lab/vm
VM_TOOLS := $(addprefix $(B)/fixtures/,vm-init tsc-khz in-lab far-openocd probe-host)
programs: $(VM_TOOLS)

$(B)/fixtures/in-lab: $(B)/$(VM)/in_lab_main.o $(call lib,$(VM_MODULES))
	$(call link,$<,$(VM_MODULES))
$(B)/fixtures/far-openocd: $(B)/$(VM)/far_openocd_main.o
	$(call link,$<,)
$(B)/fixtures/probe-host: $(B)/$(VM)/probe_host_main.o
	$(call link,$<,)
$(B)/fixtures/tsc-khz: $(B)/$(VM)/tsc_khz_main.o
	$(call link,$<,)
# Alone in its initramfs: no library, hence never a sanitizer's either.
$(B)/fixtures/vm-init: $(VM)/vm_init_main.c Makefile
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -std=gnu11 $(WARN) -O2 -g -D_GNU_SOURCE -I. -static -o $@ $<

build/lab/kernel/image: $(VM)/fetch-kernel $(VM)/machine.sh
	@mkdir -p build/lab
	$(Q)$(VM)/fetch-kernel build/lab/kernel
	@touch $@
build/lab/initramfs: $(VM)/make-initramfs build/release/fixtures/vm-init build/lab/kernel/image
	$(Q)$(VM)/make-initramfs build/lab/kernel build/release/fixtures/vm-init $@

$(B)/fixtures/lab/tests/test_far_openocd: | $(VM_TOOLS)
# Tests that need the machine's kernel: inside, one after the other, on one bench.
LAB_TESTS := $(addprefix $(B)/fixtures/lab/tests/,test_lab_kernel test_lab_rights test_lab_switch test_lab_trials)
LAB_NATIVE_TESTS := $(addprefix $(B)/fixtures/lab/tests/,test_lab_vanish)
LAB_NET_BENCH_TESTS := $(B)/fixtures/lab/tests/test_lab_net
LAB_FT232R_TESTS := $(addprefix $(B)/fixtures/lab/tests/,test_lab_ft232r)

# Tests that need the machine's network and no bench: all of them, and one case of each in seconds.
LAB_NET_TESTS := $(addprefix $(B)/netem/tests/,test_lab_netem test_lab_netem_refusals test_lab_link test_lab_kills) \
	$(addprefix $(B)/drivers/tests/,test_lab_slip test_slip test_udp)
LAB_NET_SMOKE := $(B)/netem/tests/test_lab_smoke

# Where the suite network is tried: the kernel's own SLIP and netem; gateways that fetch their update.
NET_RACKS := lab-net gateway

.PHONY: lab-vm lab lab-test check-network network-smoke
ifeq ($(V),release)
# Runs $(1), which sets rc, and passes on what its tests count: inside, only this folder is kept.
tallied = @rm -f build/lab/tally build/lab/failed; touch build/lab/failed; rc=0; \
	export BO_TALLY_OUT=$$BO_TALLY BO_FAILED_OUT=$$BO_FAILED BO_TALLY=build/lab/tally BO_FAILED=build/lab/failed; \
	$(1); \
	[ -z "$$BO_TALLY_OUT" ] || cat build/lab/tally >>"$$BO_TALLY_OUT"; \
	[ -z "$$BO_FAILED_OUT" ] || cat build/lab/failed >>"$$BO_FAILED_OUT"; exit $$rc
lab-test: lab-vm all firmware $(LAB_TESTS) $(LAB_NATIVE_TESTS) $(LAB_FT232R_TESTS) $(LAB_NET_BENCH_TESTS) ## the tests that need a kernel with USB, in the lab
	$(call tallied,for t in $(LAB_TESTS); do $(VM)/on-lab .ci/sanwrap $$t -j1 || rc=1; done; \
	for t in $(LAB_FT232R_TESTS); do \
		$(VM)/on-lab --chip FT232R --probe BOV-PROBE-1 .ci/sanwrap $$t -j1 || rc=1; done; \
	for t in $(LAB_NET_BENCH_TESTS); do $(VM)/on-lab --net .ci/sanwrap $$t -j1 || rc=1; done; \
	export BO_TEST_LIMIT_S=1500 LAB_TIMEOUT_S=1560; \
	for t in $(LAB_NATIVE_TESTS); do $(VM)/on-lab --native .ci/sanwrap $$t -j1 || rc=1; done)
check-network: lab-vm all firmware $(LAB_NET_TESTS) ## the network: impairments on a real kernel, and the suite network in the lab
	$(call tallied,for t in $(LAB_NET_TESTS); do $(VM)/vmrun .ci/sanwrap $$t -j1 || rc=1; done; \
	.ci/night --suite network --again 2 --reduced $(NET_RACKS) || rc=1)
network-smoke: lab-vm $(LAB_NET_SMOKE)
	$(call tallied,$(VM)/vmrun .ci/sanwrap $(LAB_NET_SMOKE) -j1 || rc=1)
lab-vm: build/lab/initramfs $(VM_TOOLS) $(BENCH) build/fixtures
lab: lab-vm all firmware ## run CMD in a virtual machine with Debian's kernel and the virtual bench's USB
	@$(VM)/on-lab sh -c '$(subst ','\'',$(value CMD))'
endif
