#include "harness/cmd/rack_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/engine/record.h"
#include "harness/engine/state_dir.h"

static int path_of(const char *name, bool make, struct bo_buf *out, struct bo_err *err)
{
	int rc = bo_state_dir("calibration", make, out, err);

	bo_buf_printf(out, "/%s.json", name);
	return rc;
}

int cmd_rack_state_write(const struct cmd_bench *bench, const struct bo_calibration *c,
			 struct bo_err *err)
{
	struct bo_buf path = {0};
	char when[BO_WALL_TEXT_MAX];
	int rc = path_of(bench->bench->name, true, &path, err);

	bo_clock_wall_text(when);
	json_t *root =
		json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:I, s:I}", "bench", bench->bench->name,
			  "rack", bench->rack_path, "when", when, "cycles", (int)c->cycles,
			  "off_ns", (json_int_t)c->off_ns, "dead_ns", (json_int_t)c->dead_ns,
			  "live_ns", (json_int_t)c->live_ns, "boot_ns", (json_int_t)c->boot_ns);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;

	if (rc == 0)
		rc = text ? bo_write_file(path.data, text, strlen(text), err)
			  : bo_err_set(err, -EINVAL, "the rack file's name is not valid UTF-8");
	free(text);
	json_decref(root);
	bo_buf_done(&path);
	return rc;
}

json_t *cmd_rack_state_read(const struct cmd_bench *bench, const char *name)
{
	struct bo_buf path = {0};
	json_t *root = NULL;

	if (path_of(name, false, &path, NULL) == 0)
		root = json_load_file(path.data, 0, NULL);
	const char *rack = json_string_value(json_object_get(root, "rack"));

	bo_buf_done(&path);
	if (rack && strcmp(rack, bench->rack_path) == 0)
		return root;
	json_decref(root);
	return NULL;
}
