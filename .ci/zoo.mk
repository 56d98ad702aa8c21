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
$(foreach k,$(TINY_KIB),$(call fw_image,$(1),$(2)-$(k)k,$(2),$(word 2,$(subst -, ,$(2))),$(shell echo $$(($(k) * 1024))),$(k)$(firstword $(subst ., ,$(word 2,$(subst -, ,$(2))))),256)
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
ZOO_TABLE := $(shell awk '/^[a-z]/ { printf "%s,ZOO_%s,%s", $$1, toupper($$1), $$2; \
	for (i = 5; length($$i) > 1; i++) printf ",fixtures/firmware/%s", $$i; print "" }' $(ZOO_LIST) | tr - _)
comma := ,
# zoo_boot NAME, SWITCH, scenario, files; zoo_app likewise: the application in both its versions
zoo_boot = $(call fw_program,$(ZOO_CLASS),zoo_$(1),$(FW_BOOT) $(4),-D$(2),-DPROGRAM_BOOT)
define zoo_app
$(foreach v,1 2,$(call fw_program,$(ZOO_CLASS),zoo_$(1)-$(v).0.0,$(FW_APP) $(4),-D$(2) -DAPP_VERSION='"$(v).0.0"',-DPROGRAM_APP -DAPP_SHIFT=$(fw_shift.$(v).0.0))
$(call fw_image,$(ZOO_CLASS),zoo_$(1)-$(v).0.0,zoo_$(1)-$(v).0.0,$(v).0.0,16384,$(v))
)
endef
zoo_call = $(call $(1),$(word 1,$(2)),$(word 2,$(2)),$(word 3,$(2)),$(wordlist 4,9,$(2)))
ZOO_UPLOADS := $(foreach z,$(ZOO_TABLE),$(if $(findstring $(comma)upload$(comma),$(z)),$(z)))
ZOO_BOOTS := $(filter-out $(ZOO_UPLOADS),$(ZOO_TABLE))
$(foreach z,$(ZOO_UPLOADS),$(eval $(call zoo_call,zoo_app,$(subst $(comma), ,$(z)))))
$(foreach z,$(ZOO_BOOTS),$(eval $(call zoo_call,zoo_boot,$(subst $(comma), ,$(z)))))
ZOO_BINS := $(foreach z,$(ZOO_BOOTS),$(FW)/$(ZOO_CLASS)/zoo_$(firstword $(subst $(comma), ,$(z))).raw) \
	$(foreach z,$(ZOO_UPLOADS),$(foreach v,1 2,build/images/$(ZOO_CLASS)/zoo_$(firstword $(subst $(comma), ,$(z)))-$(v).0.0.bin))

$(B)/harness/explore/tests/bench_closure: | $(TINY_BINS)

.PHONY: zoo
zoo: build/brownout $(B)/brownout-sim $(ZOO_BINS) $(FW_BINS) $(TINY_BINS) \
		$(FW_CLASSES:%=build/images/%/request-perm.bin) ## explore boot loaders with a bug each: every one must be found
	@.ci/zoo
