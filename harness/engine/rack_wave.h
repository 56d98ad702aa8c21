#ifndef BO_HARNESS_ENGINE_RACK_WAVE_H
#define BO_HARNESS_ENGINE_RACK_WAVE_H

#include "harness/model/conf.h"

/*
 * A rack file's `waves`: which benches a campaign may use first, and what it has to show there
 * before others join them. A failure rate is that of the uniformly drawn trials.
 *
 * A wave *halts* the campaign when its trials show, at whatever moment, that the rate is above the
 * limit (stop_rule.h), or when an outcome of `halt-on` occurs, once. It *advances* when its trials
 * are judged and the 95 % bound for their number (stats.h) is at most the limit. Trials of a wave
 * are the first so many of the plan that are judged, the next wave's those behind them.
 */
struct bo_rack_wave {
	const char *name;
	struct bo_conf_list benches; /* const char *: those of the waves before go on as well */
	int64_t trials;		     /* 0: all that are left; the last wave only */
	int64_t limit_ppm;
	unsigned halt_on; /* bit per enum bo_outcome */
};

extern const struct bo_conf_field bo_rack_wave_fields[];

/* Failures with which a wave still advances; below 0: it cannot, its trials are too few. */
int64_t bo_rack_wave_allowance(const struct bo_rack_wave *wave);

#endif
