#include <stdio.h>

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
