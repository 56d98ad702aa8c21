#ifndef BO_HARNESS_TESTS_NEGATIVES_H
#define BO_HARNESS_TESTS_NEGATIVES_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"

/* The images to be refused that `make firmware` forged for a class, and what their sidecars say of
 * them. A scenario each, until one file can stand for all of them. */
#define NEGATIVES_MAX 48

struct negative {
	char name[40];	   /* N01-signature-bit */
	char expected[16]; /* refused, boots-old, either */
	char control[32];  /* a file beside it */
};

static inline int negatives_filter(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] == 'N' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static inline void negative_take(const char *path, struct negative *ret)
{
	json_t *told = json_load_file(path, 0, NULL);
	const char *name = json_string_value(json_object_get(told, "name"));
	const char *expected = json_string_value(json_object_get(told, "expected"));
	const char *control = json_string_value(json_object_get(told, "control"));

	cr_assert(name && expected && control, "%s", path);
	cr_assert(bo_str_copy(ret->name, sizeof(ret->name), name) &&
		  bo_str_copy(ret->expected, sizeof(ret->expected), expected) &&
		  bo_str_copy(ret->control, sizeof(ret->control), control));
	json_decref(told);
}

/* In the order of their names; how many. */
static inline size_t negatives_read(const char *class, struct negative ret[NEGATIVES_MAX])
{
	struct dirent **entries;
	char dir[128], path[512];

	snprintf(dir, sizeof(dir), "build/images/%s/negatives", class);
	int count = scandir(dir, &entries, negatives_filter, alphasort);

	cr_assert(count > 0 && count <= NEGATIVES_MAX, "%s; 'make firmware' makes it", dir);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		negative_take(path, &ret[i]);
		free(entries[i]);
	}
	free(entries);
	return (size_t)count;
}

/* What an image may come to of which its sidecar expects this. */
static inline const char *negative_promise(const char *expected)
{
	static const char *const promises[][2] = {
		{"refused", "refused"},
		{"boots-old", "[refused, rolled-back, kept-old]"},
		{"either", "[refused, rolled-back, kept-old, updated]"},
	};

	for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++)
		if (strcmp(promises[i][0], expected) == 0)
			return promises[i][1];
	cr_assert_fail("expected '%s'", expected);
	return NULL;
}

/* `boot`, `app`: what the target runs; `image`, `control`: files of its class. */
static inline void negative_scenario(const char *name, const char *boot, const char *app,
				     const char *image, const char *control, const char *promise,
				     struct bo_buf *out)
{
	char images[PATH_MAX];

	cr_assert_not_null(realpath("build/images", images));
	bo_buf_printf(out,
		      "brownout: 1\nscenario: %s\ntargets: [f103-swap, f103-compact]\n"
		      "images: %s\nbaseline:\n  boot: {image: \"{class}/%s\"}\n"
		      "  slot0: {image: \"{class}/%s\"}\nupdate: {image: \"{class}/%s\", "
		      "control: \"{class}/%s\"}\npromises: {outcome: %s}\n",
		      name, images, boot, app, image, control, promise);
}

static inline void negative_scenario_of(const struct negative *n, struct bo_buf *out)
{
	char image[64], control[64];

	snprintf(image, sizeof(image), "negatives/%.39s.bin", n->name);
	snprintf(control, sizeof(control), "negatives/%.31s", n->control);
	negative_scenario(n->name, "boot.bin", "app-1.0.0.bin", image, control,
			  negative_promise(n->expected), out);
}

#endif
