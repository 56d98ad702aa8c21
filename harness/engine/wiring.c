#include "harness/engine/wiring.h"

#include <errno.h>

#include "harness/engine/ear.h"

#define WATCH_NS   (100 * BO_MS)
#define OFF_MAX_NS (5 * BO_S) /* a rail that outlives this is fed */

static int sleep_until(const struct bo_bench *bench, bo_ns at, struct bo_err *err)
{
	int rc = bo_loop_sleep_until(bench->env.loop, at);

	return rc < 0 ? bo_err_set(err, rc, "interrupted") : 0;
}

static bo_ns now(const struct bo_bench *bench)
{
	return bo_clock_stamp(bench->env.loop->clock);
}

static int listen_while_held(struct bo_bench *bench, struct bo_err *err)
{
	struct bo_ear ear;

	bo_ear_open(&ear, bench, now(bench));
	int rc = bo_ear_forget(&ear, err);

	if (rc == 0)
		rc = bo_ear_watch(&ear, WATCH_NS, err);
	bo_ear_close(&ear);
	return rc < 0 ? rc : bo_ear_judge(&ear, BO_SILENCE_HELD, err);
}

static int look_with_power(struct bo_bench *bench, struct bo_err *err)
{
	struct bo_flash_id id;
	bo_ns at;
	int rc = bo_outputs_on(&bench->outputs, &at, err);

	if (rc == 0)
		rc = bo_bench_hold_break(bench, false, err);
	if (rc == 0)
		rc = sleep_until(bench, at + bench->outputs.settle_ns, err);
	if (rc < 0 || !bench->flash)
		return rc;
	rc = bo_bench_attach(bench, &id, err);
	if (rc == 0)
		rc = listen_while_held(bench, err);
	if (rc == 0)
		rc = bo_flash_detach(bench->flash, err);
	return rc < 0 && rc != -EINTR ? bo_err_wrap(err, "probe") : rc;
}

/* 0: it does not. */
static int reach_without_power(struct bo_bench *bench, bo_ns off_at, struct bo_err *err)
{
	struct bo_err ignored = {0};
	struct bo_flash_id id;
	bo_ns tried_at = now(bench);
	int rc = bench->flash ? bo_flash_attach(bench->flash, &id, &ignored) : -ENODEV;

	if (rc < 0)
		return rc == -EINTR ? bo_err_set(err, rc, "interrupted") : 0;
	(void)bo_flash_detach(bench->flash, &ignored);
	return bo_err_set(err, -EXDEV,
			  "the target answers its probe %lld ms after its power was switched off: "
			  "power is wired to another board, or something feeds this one",
			  (long long)((tried_at - off_at) / BO_MS));
}

static int look_without_power(struct bo_bench *bench, bo_ns off_at, struct bo_err *err)
{
	int rc = reach_without_power(bench, off_at, err);

	return rc < 0 ? rc : bo_ear_expect_off(bench, off_at, err);
}

static int switch_off(struct bo_bench *bench, bo_ns *ret_at, struct bo_err *err)
{
	int rc = bo_outputs_off(&bench->outputs, ret_at, err);

	if (rc == 0)
		rc = bo_bench_hold_break(bench, true, err);
	return rc < 0 ? rc : bo_outputs_finish(&bench->outputs, err);
}

int bo_wiring_check(struct bo_bench *bench, struct bo_err *err)
{
	bo_ns off_at = 0, off = bench->outputs.drain_ns;
	int rc = look_with_power(bench, err);

	if (rc == 0)
		rc = switch_off(bench, &off_at, err);
	if (rc < 0)
		return rc;
	for (;;) {
		rc = sleep_until(bench, off_at + off, err);
		if (rc == 0)
			rc = look_without_power(bench, off_at, err);
		if (rc != -EXDEV || off >= OFF_MAX_NS)
			return rc;
		off = 2 * off + 10 * BO_MS;
	}
}
