# The gateway-class reference target, and what it is without one thing that it does right.

GATEWAY_MODULES := fixtures/gateway drivers/update harness/model harness/base
# (build/fixtures/gateway is where its objects are)
GATEWAY := $(B)/fixtures/gateway-good
$(GATEWAY): $(B)/fixtures/gateway/gateway_main.o $(foreach m,$(GATEWAY_MODULES),$(call lib,$(m)))
	$(call link,$<,$(GATEWAY_MODULES))
programs: $(GATEWAY)

# gw_bug NAME, the one file that looks at it. What each breaks: fixtures/gateway/bugs.tsv.
GW_BUGS := $(shell awk -F '\t' 'NR > 2 { print $$1 }' fixtures/gateway/bugs.tsv | sort -u)
gw_files = $(addprefix fixtures/gateway/,$(shell grep -l 'GW_BUG_$(call gw_define,$(1))\b' fixtures/gateway/*.c | xargs -n 1 basename))
gw_define = $(shell echo $(1) | tr a-z- A-Z_)
define gw_bug
$(B)/fixtures/gateway/bugs/$(1)/%.o: fixtures/gateway/%.c Makefile .ci/gateway.mk
	@mkdir -p $$(@D)
	$$(if $$(Q),@echo "  CC    $$@")
	$$(Q)$$(CC) $$(ALL_CFLAGS) -DGW_BUG_$(2) $$(shell pkg-config --cflags $$(PKG.fixtures/gateway)) -c $$< -o $$@
$(B)/fixtures/gateway-$(1): $(patsubst fixtures/gateway/%.c,$(B)/fixtures/gateway/bugs/$(1)/%.o,$(3)) \
		$(filter-out %/store_cut_main.o $(patsubst %.c,$(B)/%.o,$(3)),$(call objs,$(call srcs,fixtures/gateway))) \
		$(foreach m,$(filter-out fixtures/gateway,$(GATEWAY_MODULES)),$(call lib,$(m)))
	$$(call link,$$(filter %.o,$$^),$(filter-out fixtures/gateway,$(GATEWAY_MODULES)),$(call libs_of,fixtures/gateway))
endef
$(foreach b,$(GW_BUGS),$(eval $(call gw_bug,$(b),$(call gw_define,$(b)),$(call gw_files,$(b)))))
.PHONY: gateway-bugs
gateway-bugs: $(GW_BUGS:%=$(B)/fixtures/gateway-%) ## the gateways with a planted bug each

$(patsubst %.c,$(B)/%,$(wildcard fixtures/gateway/tests/test_gateway*.c)): | $(GATEWAY) $(B)/brownout-serve
$(B)/fixtures/gateway/tests/test_gateway_bugs: | gateway-bugs

# What stands between a gateway and its store, and cuts the supply of that. Loaded into unmodified
# programs, hence never built with a sanitizer.
VOLATILE := $(B)/fixtures/shim/volatile.so
$(VOLATILE): fixtures/gateway/shim/volatile.c fixtures/gateway/shim/volatile_log.h Makefile
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -std=gnu11 -fPIC -fvisibility=hidden $(WARN) -O2 -g -D_GNU_SOURCE -I. -shared -o $@ $<
STORE_CUT := $(B)/fixtures/store-cut
$(STORE_CUT): $(B)/fixtures/gateway/store_cut_main.o $(call lib,fixtures/gateway) $(call lib,harness/base)
	$(call link,$<,fixtures/gateway harness/base)
programs: $(VOLATILE) $(STORE_CUT)
$(B)/fixtures/gateway/tests/test_gateway_cuts: | $(VOLATILE) $(STORE_CUT) $(B)/fixtures/gateway-no-fsync
