#include <stdio.h>
#include <string.h>

#include "harness/cmd/bench_health.h"
#include "harness/cmd/rack_verbs.h"
#include "harness/engine/lease.h"

static int show_holder(const struct cmd_bench *rack, const struct bo_rack_bench *bench)
{
	struct bo_lease_holder holder;
	struct bo_buf text = {0};
	struct bo_err err = {0};

	if (bo_lease_look(rack->rack_path, bench->name, &holder, &err) < 0)
		return cmd_fail_err(&err);
	if (holder.pid > 0)
		bo_lease_describe(&holder, &text);
	if (holder.held)
		(void)printf("bench %s: held by %s\n", bench->name, text.data ? text.data : "?");
	else if (holder.pid > 0)
		(void)printf("bench %s: free; who had it died: %s\n", bench->name, text.data);
	else
		(void)printf("bench %s: free\n", bench->name);
	cmd_health_show(rack->rack_path, bench);
	bo_buf_done(&text);
	return BO_EXIT_OK;
}

int cmd_rack_who(const struct cmd_bench *rack)
{
	const struct bo_rack_bench *benches = rack->rack->benches.items;
	int worst = BO_EXIT_OK;

	for (size_t i = 0; i < rack->rack->benches.count; i++) {
		int rc = show_holder(rack, &benches[i]);

		worst = rc > worst ? rc : worst;
	}
	return worst;
}

/* What was observed is the target's word. */
static void show_text(const char *text, int width)
{
	struct bo_buf shown = {0};

	bo_buf_escape(&shown, text[0] ? text : "-", strlen(text[0] ? text : "-"));
	(void)printf("  %-*s", width, shown.data);
	bo_buf_done(&shown);
}

int cmd_rack_versions(const struct cmd_bench *rack)
{
	const struct bo_rack_bench *benches = rack->rack->benches.items;

	(void)printf("%-12s  %-24s  %-16s  %-28s  %s\n", "bench", "board", "application", "slots",
		     "last seen");
	for (size_t i = 0; i < rack->rack->benches.count; i++) {
		struct bo_bench_record record;

		bo_health_read(rack->rack_path, benches[i].name, &record);
		(void)printf("%-12s", benches[i].name);
		show_text(record.uid, 24);
		show_text(record.application, 16);
		show_text(record.slots, 28);
		show_text(record.when, 0);
		(void)printf("\n");
	}
	return BO_EXIT_OK;
}
