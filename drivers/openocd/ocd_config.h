#ifndef BO_DRIVERS_OPENOCD_OCD_CONFIG_H
#define BO_DRIVERS_OPENOCD_OCD_CONFIG_H

#include <stdint.h>

#include "harness/base/clock.h"
#include "harness/base/err.h"
#include "harness/model/conf.h"

/* The probe's mapping in a rack file; the table's help texts say what each key means. */
struct bo_ocd_config {
	struct bo_conf_list files; /* const char * each */
	const char *serial, *path, *transport, *reset, *program;
	int64_t speed_hz;
	bo_ns timeout_ns;
	int64_t uid_address, uid_size;
	int64_t chip_address, chip_mask;
};

extern const struct bo_conf_field bo_ocd_config_fields[];

/* What the schema cannot say. 0 or -EINVAL. */
int bo_ocd_config_check(const struct bo_ocd_config *config, struct bo_err *err);

#endif
