#include "harness/cmd/protocols.h"

#include "drivers/exec/exec.h"
#include "drivers/update/smp.h"
#include "harness/model/target.h"

static struct bo_smp_config smp_config(const struct bo_update_config *config)
{
	struct bo_smp_config smp = bo_smp_defaults;

	smp.line_max = config->line_max;
	smp.erase_ns = config->first_timeout_ns;
	smp.answer_ns = config->timeout_ns;
	smp.retries = config->retries;
	return smp;
}

static int smp_open(const struct bo_update_config *config, struct bo_update **ret,
		    struct bo_err *err)
{
	struct bo_smp_config smp = smp_config(config);

	return bo_smp_new(&smp, ret, err);
}

static int smp_udp_open(const struct bo_update_config *config, struct bo_update **ret,
			struct bo_err *err)
{
	struct bo_smp_config smp = smp_config(config);

	smp.datagrams = true;
	if (config->datagram_max < smp.packet_max)
		smp.packet_max = config->datagram_max;
	if (smp.packet_untold > smp.packet_max)
		smp.packet_untold = smp.packet_max;
	return bo_smp_new(&smp, ret, err);
}

static const struct bo_protocol smp = {.name = "smp", .framing = &bo_smp_framing, .open = smp_open};

static const struct bo_protocol smp_udp = {
	.name = "smp-udp", .datagrams = true, .open = smp_udp_open};

static const struct bo_protocol exec = {.name = "exec", .open = bo_exec_update_open};

static const struct bo_protocol pull = {.name = "pull", .open = bo_pull_update_open};

const struct bo_protocol *const cmd_protocols[] = {
	[BO_PROTOCOL_SMP] = &smp,   [BO_PROTOCOL_EXEC] = &exec, [BO_PROTOCOL_SMP_UDP] = &smp_udp,
	[BO_PROTOCOL_PULL] = &pull, [BO_PROTOCOL_COUNT] = NULL,
};
