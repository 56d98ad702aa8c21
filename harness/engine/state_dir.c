#include "harness/engine/state_dir.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/engine/record.h"

int bo_state_dir(const char *kind, bool make, struct bo_buf *out, struct bo_err *err)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && state[0] == '/')
		bo_buf_printf(out, "%s/brownout/%s", state, kind);
	else if (home && home[0] == '/')
		bo_buf_printf(out, "%s/.local/state/brownout/%s", home, kind);
	else
		return bo_err_set(err, -ENOENT, "neither XDG_STATE_HOME nor HOME is set");
	return make ? bo_make_dirs(out->data, err) : 0;
}
