#include "harness/model/suite.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member)    offsetof(struct bo_suite, member)
#define ENTRY(member) offsetof(struct bo_suite_entry, member)

static const struct bo_conf_field entry_fields[] = {
	{.key = "trials",
	 .type = BO_CONF_INT,
	 .offset = ENTRY(trials),
	 .min = 1,
	 .max = 1000000,
	 .help = "of the scenario's strategy at most so many, the census not counted"},
	{.key = "reduced",
	 .type = BO_CONF_INT,
	 .offset = ENTRY(reduced),
	 .fallback = "1",
	 .max = 1000000,
	 .help = "likewise when the run is reduced; 0: the scenario has no part in it"},
	{.key = "tags",
	 .type = BO_CONF_LIST,
	 .offset = ENTRY(tags),
	 .help = "words to choose scenarios by"},
	{.key = NULL},
};

const struct bo_conf_field bo_suite_fields[] = {
	BO_CONF_VERSION_ROW(AT(brownout)),
	{.key = "suite",
	 .type = BO_CONF_NAME,
	 .offset = AT(name),
	 .flags = BO_CONF_REQUIRED,
	 .help = "the suite's name; the file is called NAME.yaml"},
	BO_CONF_TITLE_ROW(AT(title)),
	{.key = "scenarios",
	 .type = BO_CONF_NAMED,
	 .offset = AT(scenarios),
	 .flags = BO_CONF_REQUIRED,
	 .fields = entry_fields,
	 .item_size = sizeof(struct bo_suite_entry),
	 .help = "by name, in the order of the run; those that are not meant for a bench's target "
		 "class are left out there"},
	{.key = NULL},
};

bool bo_suite_is(const char *path)
{
	static const char key[] = "suite:";
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	bool is = false;

	while (file && !is && getline(&line, &cap, file) >= 0)
		is = strncmp(line, key, sizeof(key) - 1) == 0;
	free(line);
	if (file)
		(void)fclose(file);
	return is;
}

int bo_suite_read(const char *path, struct bo_conf **ret_conf, struct bo_suite **ret,
		  struct bo_buf *report)
{
	struct bo_conf_args args = {
		.path = path,
		.fields = bo_suite_fields,
		.size = sizeof(struct bo_suite),
	};
	void *data;
	int rc = bo_conf_read(&args, ret_conf, &data, report);

	if (rc == 0)
		*ret = data;
	return rc;
}

bool bo_suite_entry_fits(const struct bo_suite_entry *entry, const char *pattern)
{
	const char *const *tags = entry->tags.items;

	if (!pattern || fnmatch(pattern, entry->name, 0) == 0)
		return true;
	for (size_t i = 0; i < entry->tags.count; i++)
		if (fnmatch(pattern, tags[i], 0) == 0)
			return true;
	return false;
}
