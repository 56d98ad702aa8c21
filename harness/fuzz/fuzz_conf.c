#include <assert.h>
#include <errno.h>

#include "harness/tests/conf_schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_report(const struct bo_buf *report)
{
	unsigned lines = 0;

	for (size_t i = 0; i < report->len; i++) {
		char c = report->data[i];

		assert(c == '\n' || (c >= 0x20 && c < 0x7f));
		lines += c == '\n';
	}
	assert(lines <= 20 * 3 + 1);
}

/* Every string the table promises can be read to its end. */
static void check_plan(const struct plan *plan)
{
	const struct step *steps = plan->steps.items;

	assert(plan->version == 1 && plan->board && strlen(plan->board) <= 64);
	assert(plan->trials >= 1 && plan->baud >= 1);
	assert(!plan->room || (plan->room >= 1024 && plan->room <= 65536));
	assert(plan->wire.settle >= BO_US && plan->wire.settle <= BO_S);
	assert(plan->mark >= 'a' && plan->mark <= 'z');
	for (size_t i = 0; i < plan->steps.count; i++)
		assert(strlen(steps[i].name) <= 64 && steps[i].wire.pin <= 7);
	for (size_t i = 0; i < plan->notes.count; i++)
		assert(strlen(((const char **)plan->notes.items)[i]) <= 1 << 20);
}

/* Any text is either refused with a report fit for a terminal, or keeps what the table promises. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bo_buf report = {0};
	struct bo_conf *conf = NULL;
	void *plan = NULL;
	int r = bo_conf_read_text(&plan_args, (const char *)data, size, &conf, &plan, &report);

	if (r < 0) {
		assert(!conf && !plan && report.len && (r == -EINVAL || r == -EFBIG));
	} else {
		assert(!report.len && bo_conf_given(conf, "board"));
		check_plan(plan);
		bo_conf_complain(conf, &report, "steps.a.wire.pin", "no");
		bo_conf_complain(conf, &report, "notes.1", "no");
	}
	check_report(&report);
	bo_buf_done(&report);
	bo_conf_free(conf);
	return 0;
}
