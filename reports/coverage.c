#include "reports/coverage.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/model/journal.h"
#include "harness/model/verdict.h"
#include "reports/junit.h"

#define NAME_CAP 72
#define OF_TRIAL 16 /* requirements of one scenario that are looked at */

struct requirement {
	char name[NAME_CAP];
	uint64_t trials, passed, failed;
};

/* Trials of one scenario for which its budget did not last. */
struct untried {
	char scenario[NAME_CAP], budget[NAME_CAP];
	uint64_t trials;
};

struct bo_coverage {
	uint64_t by_probe, by_protocol;
	struct requirement *requirement;
	size_t requirements;
	size_t current[OF_TRIAL]; /* those of the trial that is being read */
	size_t currents;
	struct untried *untried;
	size_t untrieds;
};

static void *grow(void *items, size_t count, size_t size)
{
	items = reallocarray(items, count + 1, size);
	if (!items)
		abort();
	memset((char *)items + count * size, 0, size);
	return items;
}

static size_t requirement_of(struct bo_coverage *c, const char *name)
{
	char shown[NAME_CAP];

	(void)bo_str_escape(shown, sizeof(shown), name, strlen(name));
	for (size_t i = 0; i < c->requirements; i++)
		if (strcmp(c->requirement[i].name, shown) == 0)
			return i;
	c->requirement = grow(c->requirement, c->requirements, sizeof(*c->requirement));
	memcpy(c->requirement[c->requirements].name, shown, sizeof(shown));
	return c->requirements++;
}

static void on_trial(void *report, const json_t *line)
{
	struct bo_coverage *c = report;
	const json_t *names = json_object_get(line, "requirements");
	const json_t *name;
	size_t i;

	c->currents = 0;
	json_array_foreach(names, i, name)
	{
		if (!json_is_string(name) || c->currents == OF_TRIAL)
			continue;
		size_t which = requirement_of(c, json_string_value(name));

		c->requirement[which].trials++;
		c->current[c->currents++] = which;
	}
}

static void on_verdict(void *report, const json_t *line)
{
	struct bo_coverage *c = report;
	int verdict = bo_verdict_parse(bo_journal_str(line, "verdict", ""));

	for (size_t i = 0; i < c->currents; i++) {
		c->requirement[c->current[i]].passed += verdict == BO_PASS;
		c->requirement[c->current[i]].failed += verdict == BO_FAIL;
	}
	c->currents = 0;
}

static void on_stage(void *report, const json_t *line)
{
	struct bo_coverage *c = report;
	bool by_probe = strcmp(bo_journal_str(line, "by", ""), "probe") == 0;

	c->by_probe += by_probe;
	c->by_protocol += !by_probe;
}

static void on_untried(void *report, const json_t *line)
{
	struct bo_coverage *c = report;
	const char *id = bo_journal_str(line, "id", "?");
	const char *budget = bo_journal_str(line, "budget", "?");
	struct untried now = {.trials = 1};

	(void)bo_str_escape(now.scenario, sizeof(now.scenario), id, strcspn(id, "@"));
	(void)bo_str_escape(now.budget, sizeof(now.budget), budget, strlen(budget));
	for (size_t i = 0; i < c->untrieds; i++)
		if (strcmp(c->untried[i].scenario, now.scenario) == 0 &&
		    strcmp(c->untried[i].budget, now.budget) == 0) {
			c->untried[i].trials++;
			return;
		}
	c->untried = grow(c->untried, c->untrieds, sizeof(*c->untried));
	c->untried[c->untrieds++] = now;
}

static void take_line(void *report, const char *kind, const json_t *line)
{
	static const struct bo_taker takers[] = {
		{"stage", on_stage},
		{"trial", on_trial},
		{"untried", on_untried},
		{"verdict", on_verdict},
	};

	bo_take(takers, sizeof(takers) / sizeof(takers[0]), report, kind, line);
}

struct bo_coverage *bo_coverage_new(void)
{
	struct bo_coverage *coverage = calloc(1, sizeof(*coverage));

	if (!coverage)
		abort();
	return coverage;
}

void bo_coverage_free(struct bo_coverage *coverage)
{
	if (!coverage)
		return;
	free(coverage->requirement);
	free(coverage->untried);
	free(coverage);
}

struct bo_reader bo_coverage_reader(struct bo_coverage *coverage)
{
	return (struct bo_reader){take_line, coverage};
}

static const char *state_of(const struct requirement *requirement)
{
	if (requirement->failed > 0)
		return "BROKEN";
	return requirement->passed == requirement->trials ? "held" : "no verdict on some trials";
}

void bo_coverage_render(const struct bo_coverage *c, struct bo_buf *out)
{
	if (c->by_probe + c->by_protocol > 0)
		bo_buf_printf(out, "\nstaged: %llu by probe, %llu by protocol\n",
			      (unsigned long long)c->by_probe, (unsigned long long)c->by_protocol);
	if (c->requirements > 0)
		bo_buf_printf(out, "\n  %-24s %7s %7s %7s\n", "requirement", "trials", "passed",
			      "failed");
	for (size_t i = 0; i < c->requirements; i++)
		bo_buf_printf(out, "  %-24s %7llu %7llu %7llu  %s\n", c->requirement[i].name,
			      (unsigned long long)c->requirement[i].trials,
			      (unsigned long long)c->requirement[i].passed,
			      (unsigned long long)c->requirement[i].failed,
			      state_of(&c->requirement[i]));
	for (size_t i = 0; i < c->untrieds; i++)
		bo_buf_printf(out, "%snot tried: %llu trials of %s: its budget, %s, is spent\n",
			      i == 0 ? "\n" : "", (unsigned long long)c->untried[i].trials,
			      c->untried[i].scenario, c->untried[i].budget);
}

static void put_number(struct bo_junit *junit, const char *kind, const char *name, uint64_t number)
{
	char key[2 * NAME_CAP], value[24];

	(void)snprintf(key, sizeof(key), "%s.%s", kind, name);
	(void)snprintf(value, sizeof(value), "%llu", (unsigned long long)number);
	bo_junit_property(junit, key, value);
}

void bo_coverage_properties(const struct bo_coverage *c, struct bo_junit *junit)
{
	char key[2 * NAME_CAP];

	if (c->by_probe + c->by_protocol > 0) {
		put_number(junit, "staged", "probe", c->by_probe);
		put_number(junit, "staged", "protocol", c->by_protocol);
	}
	for (size_t i = 0; i < c->requirements; i++) {
		(void)snprintf(key, sizeof(key), "requirement.%s", c->requirement[i].name);
		bo_junit_property(junit, key, state_of(&c->requirement[i]));
	}
	for (size_t i = 0; i < c->untrieds; i++)
		put_number(junit, "not-tried", c->untried[i].scenario, c->untried[i].trials);
}
