#include <errno.h>

#include "drivers/update/smp.h"

const struct bo_smp_config bo_smp_defaults = {
	.version = BO_SMP_V2,
	.line_max = BO_SMP_LINE_MAX_DEFAULT,
	.packet_max = BO_SMP_PACKET_MAX,
	.packet_untold = 256,
	.retries = 3,
	.answer_ns = 5 * BO_S,
	.erase_ns = 40 * BO_S,
	.damaged_ns = 200 * BO_MS,
};

int bo_smp_config_check(const struct bo_smp_config *config, struct bo_err *err)
{
	if (config->line_max < BO_SMP_LINE_MIN)
		return bo_err_set(err, -EINVAL, "smp: a line holds %d bytes or more",
				  BO_SMP_LINE_MIN);
	if (config->packet_untold < BO_SMP_PACKET_MIN ||
	    config->packet_untold > config->packet_max || config->packet_max > BO_SMP_PACKET_MAX)
		return bo_err_set(err, -EINVAL, "smp: a packet holds %d to %d bytes",
				  BO_SMP_PACKET_MIN, BO_SMP_PACKET_MAX);
	if (config->answer_ns <= 0 || config->erase_ns <= 0 || config->damaged_ns <= 0 ||
	    config->byte_ns < 0)
		return bo_err_set(err, -EINVAL, "smp: a time-out is longer than nothing");
	return 0;
}
