#include "reports/junit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/journal.h"
#include "harness/model/schedule.h"
#include "harness/model/verdict.h"
#include "reports/xml.h"

#define NS_PER_MS 1000000
/* A target that boots for ever must not fill the report. */
#define FACTS_MAX (256u << 10)

/* One trial, as far as the journal was read. Texts are raw. */
struct trial {
	struct bo_buf id;
	struct bo_buf facts; /* the lines of <system-out>, as XML */
	struct bo_buf outcome, verdict, why;
	int64_t last_at;
	int64_t fired, proven;
	unsigned known; /* how often the probe was answered */
	bool judged, not_applicable, rig;
};

/* Names given so far, by hash: 10,000 trials are compared in no time. */
struct names {
	uint64_t *hash;
	size_t count;
};

struct bo_junit {
	const char *bench;
	struct bo_buf cases, properties;
	struct names names;
	struct trial trial;
	bool in_trial;
	const char *reality; /* one of realities[] */
	uint64_t time_ms;
	uint64_t tests, failures, errors, skipped;
	uint64_t fired, proven, judged, not_applicable;
};

static void set(struct bo_buf *out, const json_t *line, const char *key)
{
	const char *text = bo_journal_str(line, key, "");

	bo_buf_reset(out);
	bo_buf_add(out, text, strlen(text));
}

static const char *text_of(const struct bo_buf *buf)
{
	return buf->data ? buf->data : "";
}

static void put(struct bo_buf *out, const char *text)
{
	bo_xml_text(out, text, strlen(text));
}

/* ---- the facts of a trial ---- */

static void fact(struct bo_junit *suite, const char *name, const char *value)
{
	struct bo_buf *facts = &suite->trial.facts;

	if (!value[0] || facts->len > FACTS_MAX)
		return;
	bo_buf_printf(facts, "%s: ", name);
	put(facts, value);
	bo_buf_printf(facts, "%s", facts->len > FACTS_MAX ? "\n[cut]\n" : "\n");
}

static int64_t counted(const json_t *line, const char *key)
{
	int64_t value = bo_journal_int(line, key, 0);

	return value > 0 ? value : 0;
}

static void fact_of(struct bo_junit *suite, const char *name, const json_t *line, const char *key)
{
	fact(suite, name, bo_journal_str(line, key, ""));
}

static void facts_of(struct bo_junit *suite, const char *name, const json_t *values)
{
	const json_t *value;
	size_t i;

	json_array_foreach(values, i, value)
	{
		if (json_is_string(value))
			fact(suite, name, json_string_value(value));
	}
}

static void on_trial(void *report, const json_t *line)
{
	struct bo_junit *suite = report;

	set(&suite->trial.id, line, "id");
	fact_of(suite, "id", line, "id");
	fact_of(suite, "title", line, "title");
	fact_of(suite, "target class", line, "target");
	fact_of(suite, "old version", line, "old");
	fact_of(suite, "new version", line, "new");
	facts_of(suite, "tag", json_object_get(line, "tags"));
	facts_of(suite, "requirement", json_object_get(line, "requirements"));
}

static void on_identity(void *report, const json_t *line)
{
	struct bo_junit *suite = report;
	static const char *const realities[] = {"virtual", "real", "unknown"};
	const char *said = bo_journal_str(line, "reality", "");
	size_t i = 0;

	while (i < 2 && strcmp(said, realities[i]) != 0)
		i++;
	suite->reality = !suite->reality || suite->reality == realities[i] ? realities[i] : "mixed";
	if (suite->trial.known++)
		return; /* read again, with the golden image */
	fact(suite, "reality", realities[i]);
	fact_of(suite, "chip", line, "chip");
	fact_of(suite, "unique id", line, "uid");
}

static void fact_ms(struct bo_junit *suite, const char *name, const json_t *line, const char *key)
{
	int64_t ns = bo_journal_int(line, key, 0);
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	char text[48];

	(void)snprintf(text, sizeof(text), "%s%llu.%06llu ms", ns < 0 ? "-" : "",
		       (unsigned long long)(size / NS_PER_MS),
		       (unsigned long long)(size % NS_PER_MS));
	fact(suite, name, text);
}

static void on_fault(void *report, const json_t *line)
{
	struct bo_junit *suite = report;

	fact_of(suite, "fault", line, "fault");
	fact_ms(suite, "fault due", line, "due");
	fact_ms(suite, "fault achieved", line, "done");
}

static void on_proof(void *report, const json_t *line)
{
	struct bo_junit *suite = report;

	fact_of(suite, bo_journal_bool(line, "says", false) ? "proven by" : "not proven by", line,
		"witness");
}

static void on_boot(void *report, const json_t *line)
{
	struct bo_junit *suite = report;

	fact_of(suite, "boot, with reset cause", line, "cause");
}

static void on_rig(void *report, const json_t *line)
{
	struct bo_junit *suite = report;

	suite->trial.rig = true;
	fact_of(suite, "rig", line, "text");
}

static void on_outcome(void *report, const json_t *line)
{
	struct bo_junit *suite = report;
	bool first = suite->trial.outcome.len == 0;

	if (first)
		set(&suite->trial.outcome, line, "outcome");
	fact_of(suite, first ? "outcome" : "outcome of the next update", line, "outcome");
	fact_of(suite, first ? "came back" : "after the next update", line, "how");
	if (bo_journal_bool(line, "resumed", false))
		fact(suite, "next update", "resumed");
}

static void on_refusal(void *report, const json_t *line)
{
	fact_of(report, "refused at", line, "stage");
	fact_of(report, "refused with", line, "text");
}

static void on_control(void *report, const json_t *line)
{
	fact_of(report, "outcome of the control", line, "outcome");
}

static void on_verdict(void *report, const json_t *line)
{
	struct bo_junit *suite = report;
	struct trial *trial = &suite->trial;

	set(&trial->verdict, line, "verdict");
	set(&trial->why, line, "why");
	fact_of(suite, "verdict", line, "verdict");
	fact_of(suite, "why", line, "why");
	trial->fired = counted(line, "fired");
	trial->proven = counted(line, "proven");
	trial->judged = bo_journal_bool(line, "judged", false);
	trial->not_applicable = bo_journal_bool(line, "not_applicable", false);
}

/* ---- a test case ---- */

enum end { END_PASS, END_FAILURE, END_SKIPPED, END_ERROR };

static enum end end_of(const struct trial *trial)
{
	static const enum end ends[BO_VERDICT_COUNT] = {
		[BO_PASS] = END_PASS,
		[BO_FAIL] = END_FAILURE,
		[BO_SKIPPED] = END_SKIPPED,
		[BO_INCONCLUSIVE] = END_ERROR,
	};
	int verdict = bo_verdict_parse(text_of(&trial->verdict));

	if (verdict < 0)
		return END_ERROR;
	/* a journal that contradicts itself is believed where it admits not to know */
	if (ends[verdict] == END_PASS && (!trial->judged || trial->proven < trial->fired))
		return END_ERROR;
	return ends[verdict];
}

static const char *error_type(const struct trial *trial)
{
	if (bo_verdict_parse(text_of(&trial->verdict)) < 0)
		return "no-verdict";
	if (trial->rig)
		return "rig";
	if (bo_outcome_parse(text_of(&trial->outcome)) == BO_OUTCOME_UNRESOLVED)
		return "unresolved";
	return trial->proven < trial->fired ? "unproven" : "inconclusive";
}

static const char *why_of(const struct trial *trial)
{
	if (trial->verdict.len == 0)
		return "the trial ended in the middle";
	return trial->why.len > 0 ? text_of(&trial->why) : "no reason was journalled";
}

/* A command to paste is offered for what is an id only: nothing else is known to be harmless. */
static void put_replay(struct bo_buf *out, const char *id)
{
	struct bo_trial_id parsed;

	if (bo_trial_id_parse(id, &parsed, NULL) < 0)
		return;
	bo_buf_printf(out, "\nrepeat with: brownout replay ");
	put(out, id);
}

/* The reason twice: Jenkins shows the message, GitLab the text. */
static void put_end(struct bo_buf *out, const struct trial *trial, enum end end)
{
	static const char *const tags[] = {NULL, "failure", "skipped", "error"};
	const char *type = end == END_ERROR ? error_type(trial) : text_of(&trial->outcome);

	if (end == END_PASS)
		return;
	bo_buf_printf(out, "\t\t<%s", tags[end]);
	if (end != END_SKIPPED) {
		bo_buf_printf(out, " type=\"");
		put(out, type[0] ? type : "broken-promise");
		bo_buf_printf(out, "\"");
	}
	bo_buf_printf(out, " message=\"");
	put(out, why_of(trial));
	bo_buf_printf(out, "\">");
	put(out, why_of(trial));
	if (end != END_SKIPPED)
		put_replay(out, text_of(&trial->id));
	bo_buf_printf(out, "</%s>\n", tags[end]);
}

static void put_seconds(struct bo_buf *out, uint64_t ms)
{
	bo_buf_printf(out, " time=\"%llu.%03llu\"", (unsigned long long)(ms / 1000),
		      (unsigned long long)(ms % 1000));
}

/* FNV-1a, 64 bit. */
static uint64_t hash_of(const char *text, size_t len)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
	return hash;
}

/* Remembers the name; which of its kind it is, from 1. */
static size_t ordinal(struct names *names, const struct bo_buf *name)
{
	uint64_t hash = hash_of(name->data, name->len);
	uint64_t *grown = realloc(names->hash, (names->count + 1) * sizeof(*grown));
	size_t nth = 1;

	if (!grown)
		abort();
	for (size_t i = 0; i < names->count; i++)
		nth += grown[i] == hash;
	names->hash = grown;
	names->hash[names->count++] = hash;
	return nth;
}

/* An id is SCENARIO@HASH/CLASS[,CELL]/FAULTS; a text that is none is the name as it stands. A test
 * is called by what distinguishes it from the scenario's others: CELL/FAULTS. */
static void put_names(struct bo_junit *suite, const char *id)
{
	struct bo_buf text = {0};
	const char *at = strchr(id, '@');
	const char *variant = at ? strchr(at, '/') : NULL;
	const char *faults = variant ? strchr(variant + 1, '/') : NULL;
	const char *cell = faults ? memchr(variant, ',', (size_t)(faults - variant)) : NULL;
	const char *name = cell ? cell : faults;

	bo_buf_printf(&text, " classname=\"");
	bo_xml_text(&text, id, faults ? (size_t)(at - id) : 0);
	bo_buf_printf(&text, "%s", faults ? "." : "");
	put(&text, suite->bench);
	bo_buf_printf(&text, "\" name=\"");
	put(&text, name ? name + 1 : id[0] ? id : "(no id)");
	size_t nth = ordinal(&suite->names, &text);

	if (nth > 1)
		bo_buf_printf(&text, " (%zu)", nth);
	bo_buf_add(&suite->cases, text.data, text.len);
	bo_buf_printf(&suite->cases, "\"");
	bo_buf_done(&text);
}

static void count(struct bo_junit *suite, const struct trial *trial, enum end end)
{
	suite->tests++;
	suite->failures += end == END_FAILURE;
	suite->errors += end == END_ERROR;
	suite->skipped += end == END_SKIPPED;
	suite->not_applicable += trial->not_applicable;
	suite->judged += trial->judged;
	suite->fired += (uint64_t)trial->fired;
	suite->proven += (uint64_t)trial->proven;
}

static void end_trial(struct bo_junit *suite)
{
	struct trial *trial = &suite->trial;
	struct bo_buf *out = &suite->cases;

	if (suite->in_trial) {
		enum end end = end_of(trial);
		uint64_t ms = (uint64_t)trial->last_at / NS_PER_MS;

		count(suite, trial, end);
		suite->time_ms += ms;
		bo_buf_printf(out, "\t<testcase");
		put_names(suite, text_of(&trial->id));
		put_seconds(out, ms);
		bo_buf_printf(out, ">\n");
		put_end(out, trial, end);
		bo_buf_printf(out, "\t\t<system-out>%s</system-out>\n\t</testcase>\n",
			      text_of(&trial->facts));
	}
	bo_buf_done(&trial->id);
	bo_buf_done(&trial->facts);
	bo_buf_done(&trial->outcome);
	bo_buf_done(&trial->verdict);
	bo_buf_done(&trial->why);
	*trial = (struct trial){0};
	suite->in_trial = false;
}

static void take_line(void *report, const char *kind, const json_t *line)
{
	static const struct bo_taker takers[] = {
		{"boot", on_boot},	   {"control", on_control}, {"fault", on_fault},
		{"identity", on_identity}, {"outcome", on_outcome}, {"proof", on_proof},
		{"refusal", on_refusal},   {"rig", on_rig},	    {"trial", on_trial},
		{"verdict", on_verdict},
	};
	struct bo_junit *suite = report;

	if (strcmp(kind, "trial") == 0) {
		end_trial(suite);
		suite->in_trial = true;
	}
	if (!suite->in_trial)
		return;
	suite->trial.last_at = counted(line, "at");
	bo_take(takers, sizeof(takers) / sizeof(takers[0]), suite, kind, line);
}

/* ---- the suite ---- */

static void put_head(struct bo_buf *out, const struct bo_junit *suite)
{
	bo_buf_printf(out,
		      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"brownout.");
	put(out, suite->bench);
	bo_buf_printf(out, "\" tests=\"%llu\" errors=\"%llu\" skipped=\"%llu\" failures=\"%llu\"",
		      (unsigned long long)suite->tests, (unsigned long long)suite->errors,
		      (unsigned long long)suite->skipped, (unsigned long long)suite->failures);
	put_seconds(out, suite->time_ms);
	bo_buf_printf(out, ">\n");
}

static void put_properties(struct bo_buf *out, const struct bo_junit *suite)
{
	const struct {
		const char *name;
		uint64_t value;
	} counts[] = {
		{"planned", suite->tests - suite->not_applicable},
		{"fired", suite->fired},
		{"proven", suite->proven},
		{"judged", suite->judged},
		{"not-applicable", suite->not_applicable},
	};

	bo_buf_printf(out, "\t<properties>\n\t\t<property name=\"reality\" value=\"%s\"/>\n",
		      suite->reality ? suite->reality : "unknown");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		bo_buf_printf(out, "\t\t<property name=\"%s\" value=\"%llu\"/>\n", counts[i].name,
			      (unsigned long long)counts[i].value);
	bo_buf_printf(out, "%s\t</properties>\n", text_of(&suite->properties));
}

struct bo_junit *bo_junit_new(const char *bench)
{
	struct bo_junit *suite = calloc(1, sizeof(*suite));

	if (!suite)
		abort();
	suite->bench = bench;
	return suite;
}

void bo_junit_free(struct bo_junit *suite)
{
	if (!suite)
		return;
	end_trial(suite);
	bo_buf_done(&suite->cases);
	bo_buf_done(&suite->properties);
	free(suite->names.hash);
	free(suite);
}

struct bo_reader bo_junit_reader(struct bo_junit *suite)
{
	return (struct bo_reader){take_line, suite};
}

void bo_junit_property(struct bo_junit *suite, const char *name, const char *value)
{
	struct bo_buf *out = &suite->properties;

	bo_buf_printf(out, "\t\t<property name=\"");
	put(out, name);
	bo_buf_printf(out, "\" value=\"");
	put(out, value);
	bo_buf_printf(out, "\"/>\n");
}

void bo_junit_render(struct bo_junit *suite, struct bo_buf *out)
{
	end_trial(suite);
	put_head(out, suite);
	put_properties(out, suite);
	bo_buf_add(out, suite->cases.data, suite->cases.len);
	bo_buf_printf(out, "</testsuite>\n");
}
