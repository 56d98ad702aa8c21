#include <errno.h>

#include "drivers/exec/exec.h"
#include "drivers/ftdi/ftdi.h"
#include "drivers/openocd/openocd.h"
#include "drivers/serial/serial.h"
#include "harness/engine/rack.h"
#include "harness/fuzz/fuzz_file.h"
#include "harness/model/scenario.h"
#include "harness/model/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever its outcomes, a strategy ends within its budget, and what it makes are faults of an id.
 */
static void carry_out(const struct bo_scenario *scenario)
{
	struct bo_census census = {0};
	struct bo_campaign campaign;
	struct bo_err err = {0};
	struct bo_buf text = {0};

	for (uint64_t i = 1; i <= 20; i++) {
		bo_census_pass(&census, "flash.op", i, (bo_ns)i);
		bo_census_pass(&census, "smp.byte", 400 * i, (bo_ns)i);
		bo_census_pass(&census, "boot", i / 10 + 1, (bo_ns)i);
	}
	int rc = bo_campaign_open(&campaign, &scenario->strategy, (uint64_t)scenario->seed, &census,
				  &err);

	bo_census_free(&census);
	if (rc < 0 || campaign.over.count > 1000 || campaign.then.count > 1000)
		return rc < 0 ? (void)0 : bo_campaign_close(&campaign);
	for (size_t first = 0; bo_campaign_next(&campaign) > 0; first = campaign.count)
		for (size_t i = first; i < campaign.count; i++) {
			struct bo_schedule schedule, again;

			bo_campaign_schedule(&campaign, i, &schedule);
			bo_buf_reset(&text);
			bo_schedule_format(&schedule, &text);
			assert(bo_schedule_parse(text.data, &again, &err) == 0);
			campaign.draw[i].result = (int)(campaign.draw[i].place % 7) - 1;
		}
	if (scenario->strategy.trials > 0)
		assert(campaign.count <= (size_t)scenario->strategy.trials ||
		       scenario->strategy.kind == BO_STRATEGY_LIST);
	bo_buf_done(&text);
	bo_campaign_close(&campaign);
}

/* Each cell can stand in an id, and is the one that is read when it is asked for. */
static void read_cells(const char *path, const struct bo_scenario *scenario)
{
	size_t count = bo_scenario_cells(scenario);
	struct bo_buf cell = {0}, report = {0};

	assert(count > 0);
	for (size_t i = 0; i < count && i < 20; i++) {
		struct bo_trial_id id = {.scenario = "s", .hash8 = "00000000"}, again;
		struct bo_conf *conf;
		struct bo_scenario *one;
		char text[BO_ID_MAX];

		bo_buf_reset(&cell);
		bo_buf_reset(&report);
		bo_scenario_cell(scenario, i, &cell);
		assert(bo_variant_format(id.variant, "t", cell.data ? cell.data : ""));
		assert(bo_trial_id_format(&id, text, sizeof(text)));
		assert(bo_trial_id_parse(text, &again, NULL) == 0);
		assert(strcmp(again.variant, id.variant) == 0);
		if (bo_scenario_read_cell(path, cell.data, &conf, &one, &report) < 0)
			continue;
		assert(strcmp(one->cell, cell.data ? cell.data : "") == 0);
		bo_conf_free(conf);
	}
	bo_buf_done(&cell);
	bo_buf_done(&report);
}

static struct bo_conf *read_scenario(const char *path, struct bo_buf *report)
{
	struct bo_scenario *scenario;
	struct bo_schedule schedule;
	struct bo_conf *conf = NULL;

	if (bo_scenario_read(path, &conf, &scenario, report) < 0)
		return NULL;
	read_cells(path, scenario);
	bo_scenario_schedule(scenario, &schedule);
	assert(schedule.count == (scenario->has_fault ? 1 : scenario->faults.count));
	assert(schedule.count <= BO_FAULTS_MAX);
	if (scenario->has_strategy)
		carry_out(scenario);
	bo_conf_canonical(bo_scenario_fields, scenario, report);
	assert(report->len > 0);
	bo_buf_reset(report);
	return conf;
}

/* Ranges lie apart from each other. */
static struct bo_conf *read_target(const char *path, struct bo_buf *report)
{
	struct bo_target *target;
	struct bo_conf *conf = NULL;

	if (bo_target_read(path, &conf, &target, report) < 0)
		return NULL;
	const struct bo_range *ranges = target->layout.items;

	assert(bo_target_range_used_for(target, BO_RANGE_RUNNING));
	for (size_t i = 0; i < target->layout.count; i++)
		for (size_t k = 0; k < i; k++)
			assert(ranges[i].at >= ranges[k].at + ranges[k].size ||
			       ranges[k].at >= ranges[i].at + ranges[i].size);
	bo_conf_canonical(bo_target_fields, target, report);
	bo_buf_reset(report);
	return conf;
}

/* Each bench has a driver for its power, and each role's driver is one for that role. */
static struct bo_conf *read_rack(const char *path, struct bo_buf *report)
{
	static const struct bo_driver *const drivers[] = {&bo_driver_exec_console,
							  &bo_driver_exec_power,
							  &bo_driver_exec_probe,
							  &bo_driver_ftdi,
							  &bo_driver_openocd,
							  &bo_driver_serial,
							  NULL};
	static const struct bo_protocol *const none[] = {NULL};
	static const struct bo_registry registry = {drivers, none};
	struct bo_rack *rack;
	struct bo_conf *conf = NULL;

	if (bo_rack_read(path, &registry, &conf, &rack, report) < 0)
		return NULL;
	const struct bo_rack_bench *benches = rack->benches.items;

	for (size_t i = 0; i < rack->benches.count; i++)
		for (int role = 0; role < BO_ROLE_COUNT; role++) {
			const struct bo_driver *driver =
				bo_rack_driver(bo_rack_part(&benches[i], (enum bo_role)role));

			assert(driver ? (int)driver->role == role : role != BO_ROLE_POWER);
		}
	return conf;
}

/* The input: which kind of file, and the file. It is refused with a report, or keeps what the
 * checks across its keys promise. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bo_conf *(*const readers[])(const char *, struct bo_buf *) = {
		read_scenario, read_target, read_rack};
	struct bo_buf report = {0};

	if (size == 0)
		return 0;
	struct bo_conf *conf = readers[data[0] % 3](fuzz_file(data + 1, size - 1), &report);

	assert(conf ? !report.len : report.len > 0);
	for (size_t i = 0; i < report.len; i++)
		assert(report.data[i] == '\n' || (report.data[i] >= 0x20 && report.data[i] < 0x7f));
	bo_buf_done(&report);
	bo_conf_free(conf);
	return 0;
}
