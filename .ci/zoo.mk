# Small images, and boot loaders with one bug each (fixtures/firmware/zoo). Included by firmware.mk.

# ---- images of a few pages: tiny-VERSION-SIZEk.bin ----
TINY_KIB := 1 2 4 8 16 32 44
TINY_PROGRAMS := tiny-1.0.0 tiny-2.0.0 tiny-2.0.0-crash
FW_DEF.tiny-2.0.0-crash := -DAPP_CRASH
TINY_SHARED := fixtures/firmware/chip/console.c fixtures/firmware/chip/system.c fixtures/firmware/core/fw_print.c

# fw_tiny CLASS, PROGRAM
define fw_tiny
$(call fw_objects,$(1),$(2),fixtures/firmware/app/tiny_main.c,-DAPP_VERSION='"$(word 2,$(subst -, ,$(2)))"' $(FW_DEF.$(2)))
FW_OBJ.$(1).$(2) := $(FW)/$(1)/$(2)/fixtures/firmware/app/tiny_main.o $(TINY_SHARED:%.c=$(FW)/$(1)/shared/%.o)
$(call fw_link,$(1),$(2),-DPROGRAM_APP -DAPP_SHIFT=0 -DIMAGE_HEADER=256)
$(foreach k,$(TINY_KIB),$(call fw_image,$(1),$(2)-$(k)k,$(2),$(word 2,$(subst -, ,$(2))),$(shell echo $$(($(k) * 1024))),$(k)$(call fw_major,$(2)),256)
)
endef
$(foreach c,$(FW_CLASSES),$(foreach p,$(TINY_PROGRAMS),$(eval $(call fw_tiny,$(c),$(p)))))
TINY_BINS := $(foreach c,$(FW_CLASSES),$(foreach p,$(TINY_PROGRAMS),$(TINY_KIB:%=build/images/$(c)/$(p)-%k.bin)))

# A device that was asked to keep slot 1 (FW_REQUEST_PERM); see request-test.bin.
$(FW_CLASSES:%=build/images/%/request-perm.bin): .ci/zoo.mk
	@mkdir -p $(@D)
	$(Q)printf '\001\000\376\377\002\000\375\377\000\000\377\377' > $@

# ---- the zoo: name, ..., files that have the bug ----
ZOO_CLASS := f103-compact
ZOO_LIST := fixtures/firmware/zoo/bugs
ZOO_TABLE := $(shell awk '/^[a-z]/ { printf "%s,ZOO_%s", $$1, toupper($$1); \
	for (i = 5; length($$i) > 1; i++) printf ",fixtures/firmware/%s", $$i; print "" }' $(ZOO_LIST) | tr - _)
comma := ,
zoo_field = $(wordlist $(2),9,$(subst $(comma), ,$(1)))
ZOO := $(foreach z,$(ZOO_TABLE),$(firstword $(call zoo_field,$(z),1)))
$(foreach z,$(ZOO_TABLE),$(eval $(call fw_program,$(ZOO_CLASS),zoo_$(firstword $(call zoo_field,$(z),1)),\
	$(FW_BOOT) $(call zoo_field,$(z),3),-D$(word 2,$(call zoo_field,$(z),1)),-DPROGRAM_BOOT)))

.PHONY: zoo
zoo: build/brownout $(ZOO:%=$(FW)/$(ZOO_CLASS)/zoo_%.raw) $(FW_BINS) $(TINY_BINS) \
		$(FW_CLASSES:%=build/images/%/request-perm.bin) ## explore boot loaders with a bug each: every one must be found
	@.ci/zoo
