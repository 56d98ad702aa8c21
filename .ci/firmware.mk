# The reference firmware: build/images/CLASS/*.bin, the same bytes for every host and variant.

FW := build/firmware
FW_CLASSES := f103-swap f103-compact f103-overwrite f103-net
# The boot loader's second mode (core/fw_swap.h); few images are made for it.
FW_CLASS_DEF.f103-overwrite := -DFW_OVERWRITE
FW_CC := arm-none-eabi-gcc
FW_SODIUM := $(FW)/libsodium
FW_LWIP := $(FW)/lwip
FW_KEY := fixtures/images/keys/test.pem

FW_INC := -I. -Ifixtures/firmware/shim -I$(FW_SODIUM)/src/libsodium/include \
	-I$(FW_SODIUM)/src/libsodium/include/sodium
# Between two bytes on the network's line there are 160 cycles: for speed, not for size.
FW_NET_FLAGS := -O2 -Ifixtures/firmware/net -isystem $(FW_LWIP)/src/include
FW_FLAGS := -mcpu=cortex-m3 -mthumb -Os -g -std=gnu11 -ffunction-sections -fdata-sections \
	-fno-tree-loop-distribute-patterns '-ffile-prefix-map=$(CURDIR)=.' \
	-DCONFIGURED=1 -DNATIVE_LITTLE_ENDIAN -DSODIUM_STATIC $(FW_INC) -MMD -MP
FW_WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wconversion -Werror
FW_LINK := -mcpu=cortex-m3 -mthumb -nostdlib -nostartfiles -Wl,--gc-sections -Wl,--build-id=none

FW_SRC := $(wildcard fixtures/firmware/core/*.c fixtures/firmware/chip/*.c)
FW_BOOT := fixtures/firmware/boot/boot_main.c
FW_APP := fixtures/firmware/app/app_main.c fixtures/firmware/app/variant.c
# The application of a class that is on a network is another one.
FW_APP_SRC.f103-net := fixtures/firmware/app/net_main.c fixtures/firmware/app/variant.c \
	$(wildcard fixtures/firmware/net/*.c)
FW_APP_FLAGS.f103-net := $(FW_NET_FLAGS)
fw_app_src = $(or $(FW_APP_SRC.$(1)),$(FW_APP))

# What boot loaders there are: name, what it is built with, the files that look at it.
FW_BOOTS := boot boot-forgetful boot-forgetful-recovery boot-any-version boot-trusting
FW_DEF.boot-forgetful := -DFW_FORGETFUL -DFW_NO_RECOVERY
FW_OWN.boot-forgetful := fixtures/firmware/core/fw_swap.c
FW_DEF.boot-forgetful-recovery := -DFW_FORGETFUL
FW_OWN.boot-forgetful-recovery := fixtures/firmware/core/fw_swap.c
FW_DEF.boot-any-version := -DFW_ANY_VERSION
FW_OWN.boot-any-version := fixtures/firmware/core/fw_boot.c
FW_DEF.boot-trusting := -DFW_TRUSTING
FW_OWN.boot-trusting := fixtures/firmware/core/fw_image.c

# Boot loaders with a known power-fail bug each, which .ci/planted must find; f103-swap only.
FW_PLANTED := boot-mark-first boot-revert-forgetful boot-resume-skips
FW_DEF.boot-mark-first := -DZOO_MARK_FIRST
FW_DEF.boot-revert-forgetful := -DZOO_REVERT_FORGETFUL
FW_DEF.boot-resume-skips := -DZOO_RESUME_SKIPS
$(foreach p,$(FW_PLANTED),$(eval FW_OWN.$(p) := fixtures/firmware/core/fw_swap.c))

# What applications there are: the version it says it has, and as above. How each variant
# misbehaves is told in app/variant.c and, for the last three, in core/fw_smp_image.c and fw_upload.c.
FW_APPS := app-1.0.0 app-1.1.0 app-1.2.0 app-2.0.0 $(addprefix app-2.0.0-,crash hang boot-loop slow dead no-return degraded) \
	app-1.0.0-liar app-1.0.0-hollow
FW_DEF.app-2.0.0-crash := -DAPP_CRASH
FW_DEF.app-2.0.0-hang := -DAPP_HANG
FW_DEF.app-2.0.0-boot-loop := -DAPP_BOOT_LOOP
FW_DEF.app-2.0.0-slow := -DAPP_SLOW=6000 # ms
FW_DEF.app-2.0.0-dead := -DAPP_DEAD
FW_DEF.app-2.0.0-no-return := -DAPP_NO_RETURN
FW_DEF.app-2.0.0-degraded := -DFW_DEGRADED
FW_OWN.app-2.0.0-degraded := fixtures/firmware/core/fw_smp_image.c
FW_DEF.app-1.0.0-liar := -DFW_LIAR
FW_OWN.app-1.0.0-liar := fixtures/firmware/core/fw_smp_image.c
FW_DEF.app-1.0.0-hollow := -DFW_HOLLOW
FW_OWN.app-1.0.0-hollow := fixtures/firmware/core/fw_upload.c
fw_size = $(or $(FW_SIZE.$(2)),$(FW_SIZE.$(1)),16384)
FW_SIZE.f103-net := 20480
fw_app_version = $(word 2,$(subst -, ,$(1)))

FW_BOOTS_OF.f103-overwrite := boot
FW_APPS_OF.f103-overwrite := app-1.0.0 app-1.1.0 app-1.2.0 app-2.0.0
FW_BOOTS_OF.f103-net := boot
# Servers with a known bug each, which a network brings to light.
FW_NET_BUGS := app-1.0.0-trusts-offset app-1.0.0-restarts app-1.0.0-any-image app-1.0.0-first-answer \
	app-1.0.0-ignores-repeats app-2.0.0-resets-again
FW_APPS_OF.f103-net := app-1.0.0 app-1.1.0 app-1.2.0 app-2.0.0 $(addprefix app-2.0.0-,crash hang) $(FW_NET_BUGS)
# With TCP beside UDP, and downloads by HTTP. An application of its own: it is twice the size.
FW_HTTP := app-1.0.0-http app-2.0.0-http app-1.0.0-http-restarts
FW_APPS_OF.f103-net += $(FW_HTTP)
$(foreach a,$(FW_HTTP),$(eval FW_DEF.$(a) := -DNET_PULL))
$(foreach a,$(FW_HTTP),$(eval FW_OWN.$(a) := fixtures/firmware/core/fw_smp.c))
$(foreach a,$(FW_HTTP),$(eval FW_SIZE.$(a) := 36864))
$(foreach a,$(FW_HTTP),$(eval FW_OTHER.$(a) = $$(FW_LWIP_TCP)))
FW_DEF.app-1.0.0-http-restarts += -DFW_RESTARTS
FW_OWN.app-1.0.0-http-restarts += fixtures/firmware/core/fw_upload.c
FW_DEF.app-1.0.0-trusts-offset := -DFW_TRUSTS_OFFSET
FW_OWN.app-1.0.0-trusts-offset := fixtures/firmware/core/fw_smp_image.c
FW_DEF.app-1.0.0-restarts := -DFW_RESTARTS
FW_OWN.app-1.0.0-restarts := fixtures/firmware/core/fw_upload.c
FW_DEF.app-1.0.0-any-image := -DFW_ANY_IMAGE
FW_OWN.app-1.0.0-any-image := fixtures/firmware/core/fw_upload.c
FW_DEF.app-1.0.0-first-answer := -DNET_FIRST_ANSWER
FW_DEF.app-1.0.0-ignores-repeats := -DNET_IGNORES_REPEATS
FW_DEF.app-2.0.0-resets-again := -DNET_RESETS_AGAIN
fw_boots = $(or $(FW_BOOTS_OF.$(1)),$(FW_BOOTS))
fw_apps = $(or $(FW_APPS_OF.$(1)),$(FW_APPS))

fw_images = $(addsuffix .bin,request-test staged-2.0.0 $(call fw_boots,$(1)) $(call fw_apps,$(1)) app-2.0.0-44k app-2.0.0-liar)
FW_BINS := $(foreach c,$(FW_CLASSES),$(addprefix build/images/$(c)/,$(call fw_images,$(c)) negatives/made))

# What is third-party (libsodium: ISC, lwIP: three-clause BSD): headers quiet, its own files without our
# warnings, as its authors wrote it.
# fw_fetched SOURCE, tarball, SHA-256, the files of it that are compiled: they are there once it is.
define fw_fetched
$$(FW)/$(1).fetched: fixtures/firmware/fetch-source.sh
	@mkdir -p $$(@D)
	$$(Q)$$< $$(FW) $(1) $(2) $(3)
	@touch $$@
$(4): $$(FW)/$(1).fetched ;
endef

# fw_other FOLDER, SOURCE, file, extra flags
define fw_other
$(FW)/$(1)/$(notdir $(3:.c=.o)): $(FW)/$(2).fetched .ci/firmware.mk
	@mkdir -p $$(@D)
	$$(Q)$$(FW_CC) $$(FW_FLAGS) -w $(4) -c $(3) -o $$@
endef

# What libsodium's files need of the rest of it stands in chip/mem.c.
FW_SODIUM_SRC := $(addprefix $(FW_SODIUM)/src/libsodium/,crypto_hash/sha256/cp/hash_sha256_cp.c \
	crypto_hash/sha512/cp/hash_sha512_cp.c crypto_core/ed25519/ref10/ed25519_ref10.c \
	crypto_sign/ed25519/ref10/open.c crypto_sign/ed25519/ref10/sign.c crypto_verify/sodium/verify.c)
FW_SODIUM_OBJ := $(addprefix $(FW)/sodium/,$(notdir $(FW_SODIUM_SRC:.c=.o)))
$(eval $(call fw_fetched,libsodium,libsodium_1.0.18.orig.tar.gz,d59323c6b712a1519a5daf710b68f5e7fde57040845ffec53850911f10a5d4f4,$(FW_SODIUM_SRC)))
$(foreach f,$(FW_SODIUM_SRC),$(eval $(call fw_other,sodium,libsodium,$(f))))

# lwIP, for what is on a network: with UDP only, and with TCP.
FW_LWIP_SRC := $(addprefix $(FW_LWIP)/src/,$(addprefix core/,def.c inet_chksum.c init.c ip.c mem.c memp.c netif.c \
	pbuf.c udp.c ipv4/icmp.c ipv4/ip4.c ipv4/ip4_addr.c) netif/slipif.c)
FW_LWIP_MORE := $(addprefix $(FW_LWIP)/src/core/,tcp.c tcp_in.c tcp_out.c timeouts.c)
FW_LWIP_UDP := $(addprefix $(FW)/lwip-udp/,$(notdir $(FW_LWIP_SRC:.c=.o)))
FW_LWIP_TCP := $(addprefix $(FW)/lwip-tcp/,$(notdir $(FW_LWIP_SRC:.c=.o) $(FW_LWIP_MORE:.c=.o)))
$(eval $(call fw_fetched,lwip,lwip_2.1.3+dfsg1.orig.tar.xz,0a8276d09fc4e97bbba2f953d74af2388fc2195ea156be9d7589e297a68fde24,$(FW_LWIP_SRC) $(FW_LWIP_MORE)))
$(foreach f,$(FW_LWIP_SRC),$(eval $(call fw_other,lwip-udp,lwip,$(f),$(FW_NET_FLAGS))))
$(foreach f,$(FW_LWIP_SRC) $(FW_LWIP_MORE),$(eval $(call fw_other,lwip-tcp,lwip,$(f),$(FW_NET_FLAGS) -DNET_PULL)))
FW_OTHER.f103-net := $(FW_LWIP_UDP)

# fw_objects CLASS, FOLDER, sources, extra flags
define fw_objects
$$(patsubst %.c,$$(FW)/$(1)/$(2)/%.o,$(3)): $$(FW)/$(1)/$(2)/%.o: %.c .ci/firmware.mk $$(FW)/libsodium.fetched $$(FW)/lwip.fetched
	@mkdir -p $$(@D)
	$$(Q)$$(FW_CC) $$(FW_FLAGS) $$(FW_WARN) -DCLASS_HEADER='"fixtures/firmware/classes/$(1).h"' $(FW_CLASS_DEF.$(1)) $(4) -c $$< -o $$@
endef

# fw_link CLASS, PROGRAM, the linker script's flags
define fw_link
$$(FW)/$(1)/$(2).ld: fixtures/firmware/firmware.ld fixtures/firmware/classes/$(1).h .ci/firmware.mk
	@mkdir -p $$(@D)
	$$(Q)$$(FW_CC) -E -P -x c -I. -DCLASS_HEADER='"fixtures/firmware/classes/$(1).h"' $(3) $$< -o $$@

$$(FW)/$(1)/$(2).elf: $$(FW)/$(1)/$(2).ld $$(FW_OBJ.$(1).$(2))
	@echo "  FW    $$@"
	$$(Q)$$(FW_CC) $$(FW_LINK) -T $$< $$(FW_OBJ.$(1).$(2)) -lgcc -o $$@

$$(FW)/$(1)/$(2).raw: $$(FW)/$(1)/$(2).elf
	$$(Q)arm-none-eabi-objcopy -O binary $$< $$@
endef

# fw_program CLASS, PROGRAM, its own sources, extra flags, the linker script's flags. All programs
# of a class share the objects that are no program's own.
define fw_program
$(call fw_objects,$(1),$(2),$(3),$(4))
FW_OBJ.$(1).$(2) := $$(patsubst %.c,$$(FW)/$(1)/$(2)/%.o,$(3)) \
	$$(patsubst %.c,$$(FW)/$(1)/shared/%.o,$$(filter-out $(3),$$(FW_SRC))) $$(FW_SODIUM_OBJ) $$(or $$(FW_OTHER.$(2)),$$(FW_OTHER.$(1)))
$(call fw_link,$(1),$(2),$(5))
endef

# fw_image CLASS, FILE, PROGRAM, version, size, seed, length of the header
define fw_image
build/images/$(1)/$(2).bin: $$(FW)/$(1)/$(3).raw $$(FW_KEY) | $$(B)/fixtures/mkimage
	@mkdir -p $$(@D)
	$$(Q)$$(B)/fixtures/mkimage --version $(4) --product $(1) --sign $$(FW_KEY) --header $(or $(7),512) --size $(5) --seed $(6) $$< $$@
endef

# A version's code is shifted, so that two versions differ in every page (firmware.ld).
fw_shift.1.0.0 := 256
fw_shift.1.1.0 := 512
fw_shift.1.2.0 := 640
fw_shift.2.0.0 := 768
fw_seed.1.0.0 := 1
fw_seed.1.1.0 := 5
fw_seed.1.2.0 := 6
fw_seed.2.0.0 := 2

# fw_app CLASS, PROGRAM, version
define fw_app
$(call fw_program,$(1),$(2),$(fw_app_src) $(FW_OWN.$(2)),-DAPP_VERSION='"$(3)"' $(FW_APP_FLAGS.$(1)) $(FW_DEF.$(2)),-DPROGRAM_APP -DAPP_SHIFT=$(fw_shift.$(3)))
$(call fw_image,$(1),$(2),$(2),$(3),$(fw_size),$(fw_seed.$(3)))
endef

define fw_class
$(call fw_objects,$(1),shared,$(FW_SRC),)
$(foreach p,$(call fw_boots,$(1)),$(call fw_program,$(1),$(p),$(FW_BOOT) $(FW_OWN.$(p)),$(FW_DEF.$(p)),-DPROGRAM_BOOT)
)
$(foreach p,$(call fw_apps,$(1)),$(call fw_app,$(1),$(p),$(call fw_app_version,$(p)))
)
$(call fw_image,$(1),app-2.0.0-44k,app-2.0.0,2.0.0,45056,3)
# The status area of a device that was asked to try slot 1 at its next boot (core/fw_journal.c):
# sequence number 1, FW_REQUEST_TEST, no pages yet; each with its complement.
build/images/$(1)/request-test.bin: .ci/firmware.mk
	@mkdir -p $$(@D)
	$$(Q)printf '\001\000\376\377\001\000\376\377\000\000\377\377' > $$@
# The same of a device that the update protocol has given app-2.0.0.bin first.
build/images/$(1)/staged-2.0.0.bin: .ci/staged-status build/images/$(1)/request-test.bin build/images/$(1)/app-2.0.0.bin
	$$(Q)$$^ > $$@
# The other liar: version 2.0.0 by its header and all that SMP tells, and the old program in it.
$(call fw_image,$(1),app-2.0.0-liar,app-1.0.0,2.0.0,$(fw_size),4)
$(patsubst %,build/images/$(1)/%.bin,$(call fw_boots,$(1))): build/images/$(1)/%.bin: $$(FW)/$(1)/%.raw
	@mkdir -p $$(@D)
	$$(Q)install -m 644 $$< $$@
# Images to be refused, each with what is expected of it, and the control that they are made from.
build/images/$(1)/negatives/made: build/images/$(1)/app-2.0.0.bin build/images/$(1)/app-1.0.0.bin $$(FW_KEY) \
		| $$(B)/brownout-image
	@echo "  FORGE $$(@D)"
	$$(Q)rm -rf $$(@D)
	$$(Q)$$(B)/brownout-image forge --key $$(FW_KEY) --running $$(word 2,$$^) --slot-size $$(fw_slot.$(1)) $$< $$(@D) >/dev/null
	@touch $$@
endef
fw_slot.f103-swap := "46 KiB"
fw_slot.f103-compact := "44 KiB"
fw_slot.f103-overwrite := "46 KiB"
fw_slot.f103-net := "46 KiB"
$(foreach c,$(FW_CLASSES),$(eval $(call fw_class,$(c))))
$(foreach p,$(FW_PLANTED),$(eval $(call fw_program,f103-swap,$(p),$(FW_BOOT) $(FW_OWN.$(p)),$(FW_DEF.$(p)),-DPROGRAM_BOOT)))
planted: $(FW_PLANTED:%=$(FW)/f103-swap/%.raw)
.PHONY: planted

MKIMAGE_MODULES := fixtures/images harness/image harness/base
$(B)/fixtures/mkimage: $(B)/fixtures/images/mkimage_main.o $(foreach m,$(MKIMAGE_MODULES),$(call lib,$(m)))
	$(call link,$<,$(MKIMAGE_MODULES))

# These run what was built.
$(B)/fixtures/images/tests/test_mkimage: | $(B)/fixtures/mkimage
$(patsubst %.c,$(B)/%,$(wildcard fixtures/firmware/tests/test_firmware*.c)): | $(FW_BINS)

.PHONY: firmware
firmware: $(FW_BINS) ## the reference firmware and its images, build/images/CLASS/*.bin

# Tests that try it.
$(addprefix $(B)/harness/tests/,test_plan test_cli test_explore_cli test_net_bugs test_net_narrow test_net_trials test_outcomes test_over_udp test_refusals test_sim_doubt test_sim_trials test_suite test_bundle): | $(FW_BINS)
$(B)/drivers/tests/test_sim_net: | $(FW_BINS)
$(addprefix $(B)/harness/explore/tests/,test_board_machine test_environs bench_closure): | $(FW_BINS)

include .ci/zoo.mk

-include $(shell find $(FW) -name "*.d" 2>/dev/null)
