#ifndef BO_HARNESS_TESTS_F103_SCENARIO_H
#define BO_HARNESS_TESTS_F103_SCENARIO_H

#include <limits.h>

#include "harness/tests/scratch_dir.h"

#define F103_SCENARIO_MAX (PATH_MAX + 1024)

/* A scenario of the reference firmware: application 1.0.0 in place, then `update` ("app-2.0.0"),
 * and the keys in `rest`. */
static inline void f103_text(char out[F103_SCENARIO_MAX], const char *name, const char *update,
			     const char *rest)
{
	char root[PATH_MAX];

	cr_assert(getcwd(root, sizeof(root)));
	int len = snprintf(out, F103_SCENARIO_MAX,
			   "brownout: 1\nscenario: %s\ntargets: [f103-swap]\n"
			   "images: %s/build/images\n"
			   "baseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
			   "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
			   "update: {image: \"{class}/%s.bin\"}\n%s",
			   name, root, update, rest);

	cr_assert_lt(len, F103_SCENARIO_MAX);
}

/* NAME.yaml in the folder, with `faults` (a line, or nothing) and promises. */
static inline void f103_promising(const struct scratch *dir, const char *name, const char *update,
				  const char *faults, const char *promises)
{
	char text[F103_SCENARIO_MAX], rest[1024], file[64];

	cr_assert_lt(snprintf(rest, sizeof(rest), "%spromises: {%s}\n", faults, promises),
		     (int)sizeof(rest));
	f103_text(text, name, update, rest);
	snprintf(file, sizeof(file), "%s.yaml", name);
	scratch_write(dir, file, text);
}

#endif
