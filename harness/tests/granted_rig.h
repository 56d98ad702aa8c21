#ifndef BO_HARNESS_TESTS_GRANTED_RIG_H
#define BO_HARNESS_TESTS_GRANTED_RIG_H

#include <sodium.h>

#include "harness/tests/sim_run.h"

/* A rack of one virtual board that grants one program, in a folder of the test's own, $D. */
static struct scratch dir;

static inline void put_rack(const char *hash)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "brownout: 1\nprograms:\n  judge: {path: ./judge, sha256: %s}\nbenches:\n"
		 "  sim:\n    target: f103-swap\n    power: {main: {driver: sim}}\n"
		 "    consoles: {main: {driver: sim, baud: 500000 baud}}\n    probe: {driver: "
		 "sim}\n",
		 hash);
	scratch_write(&dir, "rack.yaml", text);
}

/* Grants this script under the name "judge". */
static inline void grant(const char *script)
{
	unsigned char digest[32];
	char path[128], hash[65];

	dir = scratch_make();
	cr_assert_eq(setenv("BROWNOUT_PATH", dir.path, 1), 0);
	cr_assert_eq(setenv("D", dir.path, 1), 0);
	scratch_write(&dir, "judge", script);
	snprintf(path, sizeof(path), "%s/judge", dir.path);
	cr_assert_eq(chmod(path, 0755), 0);
	crypto_hash_sha256(digest, (const unsigned char *)script, strlen(script));
	put_rack(sodium_bin2hex(hash, sizeof(hash), digest, sizeof(digest)));
}

/* Scenario "p": an update, and what else is given, from the key `promises` on. */
static inline void put_scenario_with(const char *rest)
{
	char root[PATH_MAX], text[PATH_MAX + 4096];

	cr_assert(getcwd(root, sizeof(root)));
	snprintf(text, sizeof(text),
		 "brownout: 1\nscenario: p\ntargets: [f103-swap]\nimages: %s/build/images\n"
		 "baseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		 "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		 "update: {image: \"{class}/app-2.0.0.bin\"}\n%s",
		 root, rest);
	scratch_write(&dir, "p.yaml", text);
}

static inline struct run run_granted(void)
{
	char args[256];

	snprintf(args, sizeof(args), "--rack %s/rack.yaml --bench sim p", dir.path);
	return run_it("run", args);
}

/* The first line of that kind and name; to be released. */
struct seeking {
	const char *kind, *name;
	json_t *found;
};

static inline void seek(void *ctx, const json_t *line)
{
	struct seeking *seeking = ctx;

	if (bo_journal_is(line, seeking->kind) && !seeking->found &&
	    strcmp(bo_journal_str(line, "name", ""), seeking->name) == 0)
		seeking->found = json_deep_copy(line);
}

static inline json_t *journal_line(const struct run *run, const char *kind, const char *name)
{
	struct seeking seeking = {kind, name, NULL};
	size_t bad;

	cr_assert_eq(bo_journal_walk(run->journal.data, run->journal.len, seek, &seeking, &bad), 0);
	return seeking.found;
}

#endif
