#include "harness/engine/health.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/engine/rack_key.h"
#include "harness/engine/record.h"
#include "harness/engine/state_dir.h"
#include "harness/model/journal.h"

const char *const bo_health_names[] = {"healthy", "suspect", "quarantined"};

#define HEALTHS (sizeof(bo_health_names) / sizeof(bo_health_names[0]))

/* ---- the file ---- */

static const struct {
	const char *name;
	size_t offset, size;
} texts[] = {
#define TEXT(member)                                                  \
	{                                                             \
#member, offsetof(struct bo_bench_record, member),    \
			sizeof(((struct bo_bench_record *)0)->member) \
	}
	TEXT(why), TEXT(since), TEXT(uid), TEXT(application), TEXT(slots), TEXT(when), TEXT(run),
#undef TEXT
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static int path_of(const char *rack, const char *bench, bool make, struct bo_buf *out,
		   struct bo_err *err)
{
	int rc = bo_state_dir("benches", make, out, err);

	bo_buf_printf(out, "/");
	bo_rack_key(rack, bench, out);
	bo_buf_printf(out, ".json");
	return rc;
}

static json_t *load(const char *rack, const char *bench)
{
	struct bo_buf path = {0};
	json_t *root = NULL;

	if (path_of(rack, bench, false, &path, NULL) == 0)
		root = json_load_file(path.data, 0, NULL);
	bo_buf_done(&path);
	if (json_is_object(root))
		return root;
	json_decref(root);
	return json_object();
}

static int store(json_t *root, const char *rack, const char *bench, struct bo_err *err)
{
	struct bo_buf path = {0};
	int rc = path_of(rack, bench, true, &path, err);
	char *text = json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS);

	if (rc == 0)
		rc = text ? bo_write_file(path.data, text, strlen(text), err)
			  : bo_err_set(err, -ENOMEM, "out of memory");
	bo_buf_done(&path);
	free(text);
	return rc;
}

static enum bo_health health_of(const char *name)
{
	for (size_t i = 0; name && i < HEALTHS; i++)
		if (strcmp(name, bo_health_names[i]) == 0)
			return (enum bo_health)i;
	return BO_HEALTHY;
}

/* Wear belongs to the board, which may move to another bench's place. */
static json_t *board_of(const json_t *root, const char *uid)
{
	return json_object_get(json_object_get(root, "boards"), uid);
}

static void take(const json_t *root, struct bo_bench_record *ret)
{
	*ret = (struct bo_bench_record){
		.health = health_of(json_string_value(json_object_get(root, "health"))),
		.faults = json_integer_value(json_object_get(root, "faults")),
		.seen = json_object_get(root, "when"),
		.jitter_ns = json_integer_value(json_object_get(root, "jitter")),
	};
	for (size_t i = 0; i < TEXTS; i++) {
		const char *text = json_string_value(json_object_get(root, texts[i].name));

		(void)snprintf((char *)ret + texts[i].offset, texts[i].size, "%s",
			       text ? text : "");
	}
	const json_t *board = board_of(root, ret->uid);

	ret->trials = json_integer_value(json_object_get(board, "trials"));
	ret->written = json_integer_value(json_object_get(board, "written"));
}

static void set_number(json_t *object, const char *key, int64_t value)
{
	(void)json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void put_board(json_t *root, const struct bo_bench_record *record)
{
	json_t *boards = json_object_get(root, "boards");

	if (!json_is_object(boards)) {
		boards = json_object();
		(void)json_object_set_new(root, "boards", boards);
	}
	json_t *board = json_object();

	set_number(board, "trials", record->trials);
	set_number(board, "written", record->written);
	(void)json_object_set_new(boards, record->uid, board);
}

static int save(json_t *root, const struct bo_bench_record *record, const char *rack,
		const char *bench, struct bo_err *err)
{
	(void)json_object_set_new(root, "bench", json_string(bench));
	(void)json_object_set_new(root, "rack", json_string(rack));
	(void)json_object_set_new(root, "health", json_string(bo_health_names[record->health]));
	set_number(root, "faults", record->faults);
	set_number(root, "jitter", record->jitter_ns);
	for (size_t i = 0; i < TEXTS; i++) {
		const char *text = (const char *)record + texts[i].offset;

		if (text[0])
			(void)json_object_set_new(root, texts[i].name, json_string(text));
		else
			(void)json_object_del(root, texts[i].name);
	}
	if (record->when[0])
		put_board(root, record);
	return store(root, rack, bench, err);
}

void bo_health_read(const char *rack, const char *bench, struct bo_bench_record *ret)
{
	json_t *root = load(rack, bench);

	take(root, ret);
	json_decref(root);
}

/* ---- what trials change ---- */

static void become(struct bo_bench_record *record, enum bo_health health)
{
	if (record->health == health)
		return;
	record->health = health;
	bo_clock_wall_text(record->since);
}

static void count_fault(struct bo_bench_record *record, const char *why)
{
	record->faults++;
	(void)snprintf(record->why, sizeof(record->why), "%s", why);
	if (record->faults >= BO_QUARANTINED_AFTER)
		become(record, BO_QUARANTINED);
	else if (record->faults >= BO_SUSPECT_AFTER && record->health == BO_HEALTHY)
		become(record, BO_SUSPECT);
}

static void count_success(struct bo_bench_record *record)
{
	if (record->health == BO_QUARANTINED)
		return;
	record->faults = 0;
	record->why[0] = '\0';
	become(record, BO_HEALTHY);
}

struct seen {
	char uid[40], application[64], rig[256];
	char slot[8][64];
	int64_t written, lag_ns;
	bool any, judged, struck;
};

static void copy(char *out, size_t cap, const json_t *line, const char *key)
{
	(void)snprintf(out, cap, "%s", bo_journal_str(line, key, ""));
}

static void see(void *ctx, const json_t *line)
{
	struct seen *seen = ctx;

	if (bo_journal_is(line, "identity"))
		copy(seen->uid, sizeof(seen->uid), line, "uid");
	if (bo_journal_is(line, "ready"))
		copy(seen->application, sizeof(seen->application), line, "version");
	if (bo_journal_is(line, "slot")) {
		size_t n = (size_t)bo_journal_int(line, "n", 0);

		if (n < sizeof(seen->slot) / sizeof(seen->slot[0]))
			copy(seen->slot[n], sizeof(seen->slot[n]), line, "version");
	}
	if (bo_journal_is(line, "range"))
		seen->written += bo_journal_int(line, "bytes", 0);
	if (bo_journal_is(line, "fault")) {
		int64_t lag_ns = bo_journal_int(line, "lag", 0);

		seen->struck = true;
		seen->lag_ns = lag_ns > seen->lag_ns ? lag_ns : seen->lag_ns;
	}
	if (bo_journal_is(line, "rig"))
		copy(seen->rig, sizeof(seen->rig), line, "text");
	if (bo_journal_is(line, "verdict"))
		seen->judged = bo_journal_bool(line, "judged", false);
	seen->any |= bo_journal_is(line, "identity") || bo_journal_is(line, "ready");
}

static void list_slots(const struct seen *seen, char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(seen->slot) / sizeof(seen->slot[0]) && len < cap; i++)
		if (seen->slot[i][0])
			len += (size_t)snprintf(out + len, cap - len, "%s%zu: %s",
						len > 0 ? ", " : "", i, seen->slot[i]);
}

static void take_board(const json_t *root, const struct seen *seen, const char *run,
		       struct bo_bench_record *record)
{
	const json_t *board = board_of(root, seen->uid);

	(void)bo_str_copy(record->uid, sizeof(record->uid), seen->uid);
	(void)bo_str_copy(record->application, sizeof(record->application), seen->application);
	list_slots(seen, record->slots, sizeof(record->slots));
	(void)snprintf(record->run, sizeof(record->run), "%s", run);
	bo_clock_wall_text(record->when);
	record->seen = true;
	record->trials = json_integer_value(json_object_get(board, "trials")) + 1;
	record->written = json_integer_value(json_object_get(board, "written")) + seen->written;
}

static void take_jitter(struct bo_bench_record *record, int64_t lag_ns)
{
	int64_t faded_ns = record->jitter_ns - record->jitter_ns / 16;

	record->jitter_ns = lag_ns > faded_ns ? lag_ns : faded_ns;
}

int bo_health_trial(const char *rack, const char *bench, const char *run,
		    const struct bo_buf *journal, struct bo_bench_record *ret, struct bo_err *err)
{
	json_t *root = load(rack, bench);
	struct seen seen = {0};
	size_t bad;

	take(root, ret);
	if (journal->data)
		(void)bo_journal_walk(journal->data, journal->len, see, &seen, &bad);
	if (seen.judged)
		count_success(ret);
	else if (seen.rig[0])
		count_fault(ret, seen.rig);
	if (seen.judged && seen.struck)
		take_jitter(ret, seen.lag_ns);
	if (seen.any)
		take_board(root, &seen, run, ret);
	int rc = save(root, ret, rack, bench, err);

	json_decref(root);
	return rc;
}

int bo_health_fault(const char *rack, const char *bench, const char *why,
		    struct bo_bench_record *ret, struct bo_err *err)
{
	json_t *root = load(rack, bench);

	take(root, ret);
	if (ret->faults < BO_SUSPECT_AFTER - 1)
		ret->faults = BO_SUSPECT_AFTER - 1;
	count_fault(ret, why);
	int rc = save(root, ret, rack, bench, err);

	json_decref(root);
	return rc;
}

int bo_health_clear(const char *rack, const char *bench, struct bo_err *err)
{
	json_t *root = load(rack, bench);
	struct bo_bench_record record;

	take(root, &record);
	record.health = BO_SUSPECT;
	count_success(&record);
	int rc = save(root, &record, rack, bench, err);

	json_decref(root);
	return rc;
}
