# The reference firmware: build/images/CLASS/*.bin, the same bytes for every host and variant.

FW := build/firmware
FW_CLASSES := f103-swap f103-compact
FW_CC := arm-none-eabi-gcc
FW_SODIUM := $(FW)/libsodium
FW_SHA256 := $(FW_SODIUM)/src/libsodium/crypto_hash/sha256/cp/hash_sha256_cp.c

FW_INC := -I. -Ifixtures/firmware/shim -I$(FW_SODIUM)/src/libsodium/include \
	-I$(FW_SODIUM)/src/libsodium/include/sodium
FW_FLAGS := -mcpu=cortex-m3 -mthumb -Os -g -std=gnu11 -ffunction-sections -fdata-sections \
	-fno-tree-loop-distribute-patterns -ffile-prefix-map=$(CURDIR)=. \
	-DCONFIGURED=1 -DNATIVE_LITTLE_ENDIAN -DSODIUM_STATIC $(FW_INC) -MMD -MP
FW_WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wconversion -Werror
FW_LINK := -mcpu=cortex-m3 -mthumb -nostdlib -nostartfiles -Wl,--gc-sections -Wl,--build-id=none

FW_SRC := $(wildcard fixtures/firmware/core/*.c fixtures/firmware/chip/*.c)
FW_VERSION_1 := 1.0.0
FW_VERSION_2 := 2.0.0
FW_IMAGES := boot.bin boot-forgetful.bin app-1.0.0.bin app-2.0.0.bin app-2.0.0-44k.bin
FW_BINS := $(foreach c,$(FW_CLASSES),$(addprefix build/images/$(c)/,$(FW_IMAGES)))

# libsodium is third-party: headers quiet, its one file without our warnings.
$(FW_SHA256): fixtures/firmware/fetch-libsodium.sh
	@mkdir -p $(FW)
	$(Q)fixtures/firmware/fetch-libsodium.sh $(FW)
	@touch $@

# fw_compile CLASS, PROGRAM, extra flags: the objects of one program.
define fw_program
FW_OBJ.$(1).$(2) := $$(patsubst %.c,$$(FW)/$(1)/$(2)/%.o,$$(FW_SRC) $(3)) $$(FW)/$(1)/$(2)/sha256.o

$$(FW)/$(1)/$(2)/%.o: %.c .ci/firmware.mk $$(FW_SHA256)
	@mkdir -p $$(@D)
	$$(Q)$$(FW_CC) $$(FW_FLAGS) $$(FW_WARN) -DCLASS_HEADER='"fixtures/firmware/classes/$(1).h"' $(4) -c $$< -o $$@

$$(FW)/$(1)/$(2)/sha256.o: $$(FW_SHA256) .ci/firmware.mk
	@mkdir -p $$(@D)
	$$(Q)$$(FW_CC) $$(FW_FLAGS) -w -c $$< -o $$@

$$(FW)/$(1)/$(2).ld: fixtures/firmware/firmware.ld fixtures/firmware/classes/$(1).h .ci/firmware.mk
	@mkdir -p $$(@D)
	$$(Q)$$(FW_CC) -E -P -x c -I. -DCLASS_HEADER='"fixtures/firmware/classes/$(1).h"' $(5) $$< -o $$@

$$(FW)/$(1)/$(2).elf: $$(FW)/$(1)/$(2).ld $$(FW_OBJ.$(1).$(2))
	@echo "  FW    $$@"
	$$(Q)$$(FW_CC) $$(FW_LINK) -T $$< $$(FW_OBJ.$(1).$(2)) -lgcc -o $$@

$$(FW)/$(1)/$(2).raw: $$(FW)/$(1)/$(2).elf
	$$(Q)arm-none-eabi-objcopy -O binary $$< $$@
endef

# fw_image CLASS, FILE, PROGRAM, version, size, seed
define fw_image
build/images/$(1)/$(2): $$(FW)/$(1)/$(3).raw | $$(B)/fixtures/mkimage
	@mkdir -p $$(@D)
	$$(Q)$$(B)/fixtures/mkimage --version $(4) --header 512 --size $(5) --seed $(6) $$< $$@
endef

define fw_class
$(call fw_program,$(1),boot,fixtures/firmware/boot/boot_main.c,,-DPROGRAM_BOOT)
$(call fw_program,$(1),boot-forgetful,fixtures/firmware/boot/boot_main.c,-DFW_FORGETFUL,-DPROGRAM_BOOT)
$(call fw_program,$(1),app-1,fixtures/firmware/app/app_main.c,-DAPP_VERSION='"$(FW_VERSION_1)"',-DPROGRAM_APP -DAPP_SHIFT=256)
$(call fw_program,$(1),app-2,fixtures/firmware/app/app_main.c,-DAPP_VERSION='"$(FW_VERSION_2)"',-DPROGRAM_APP -DAPP_SHIFT=768)
$(call fw_image,$(1),app-1.0.0.bin,app-1,$(FW_VERSION_1),16384,1)
$(call fw_image,$(1),app-2.0.0.bin,app-2,$(FW_VERSION_2),16384,2)
$(call fw_image,$(1),app-2.0.0-44k.bin,app-2,$(FW_VERSION_2),45056,3)
build/images/$(1)/boot.bin build/images/$(1)/boot-forgetful.bin: build/images/$(1)/%.bin: $$(FW)/$(1)/%.raw
	@mkdir -p $$(@D)
	$$(Q)install -m 644 $$< $$@
endef
$(foreach c,$(FW_CLASSES),$(eval $(call fw_class,$(c))))

MKIMAGE_MODULES := fixtures/images harness/image harness/base
$(B)/fixtures/mkimage: $(B)/fixtures/images/mkimage_main.o $(foreach m,$(MKIMAGE_MODULES),$(call lib,$(m)))
	$(call link,$<,$(MKIMAGE_MODULES))

# These run what was built.
$(B)/fixtures/images/tests/test_mkimage: | $(B)/fixtures/mkimage
$(B)/fixtures/firmware/tests/test_firmware $(B)/fixtures/firmware/tests/test_firmware_cuts: | $(FW_BINS)

.PHONY: firmware
firmware: $(FW_BINS) ## the reference firmware and its images, build/images/CLASS/*.bin

# Tests that try it.
$(addprefix $(B)/harness/tests/,test_plan test_cli test_sim_doubt test_sim_trials): | $(FW_BINS)

-include $(shell find $(FW) -name "*.d" 2>/dev/null)
