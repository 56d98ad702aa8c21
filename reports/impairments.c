#include "reports/impairments.h"

#include <stdlib.h>

#include "harness/model/journal.h"
#include "harness/model/netem_stats.h"
#include "harness/model/schedule.h"
#include "harness/model/stats.h"

#define PPB_OF_PPM  1000
#define THOUSANDTHS 1000
#define NS_PER_MS   1000000
#define DAY_NS	    (INT64_C(86400) * 1000 * NS_PER_MS)

/* A way under a setting. */
struct line {
	char way[8], is[320];
	uint64_t packets, dropped;
	int64_t asked_ppm, clustering;
};

/* Uploads of one scenario with one set of parameters, whatever its faults. */
struct uploads {
	char what[BO_ID_MAX];
	uint64_t count, acknowledged, handed;
	int64_t took_ns;
};

struct bo_impairments {
	struct line *line;
	size_t count;
	struct uploads *uploads;
	size_t upload_count;
	char what[BO_ID_MAX]; /* the trial's */
};

/* Never negative, whatever the journal says, and small enough to be added up. */
static uint64_t take_count(const json_t *line, const char *key)
{
	int64_t value = bo_journal_int(line, key, 0);

	return value < 0 ? 0 : value > INT32_MAX ? INT32_MAX : (uint64_t)value;
}

static void take_text(char *out, size_t cap, const json_t *line, const char *key)
{
	const char *text = bo_journal_str(line, key, "?");

	(void)bo_str_escape(out, cap, text, strlen(text));
}

/* Room for one more, at amortised cost: zeroed. */
static void *grow(void *items, size_t count, size_t size)
{
	if ((count & (count - 1)) == 0)
		items = reallocarray(items, count ? 2 * count : 1, size);
	if (!items)
		abort();
	memset((char *)items + count * size, 0, size);
	return items;
}

static struct line *find(struct bo_impairments *impairments, const struct line *like)
{
	size_t count = impairments->count;

	for (size_t i = 0; i < count; i++)
		if (strcmp(impairments->line[i].way, like->way) == 0 &&
		    strcmp(impairments->line[i].is, like->is) == 0)
			return &impairments->line[i];
	impairments->line = grow(impairments->line, count, sizeof(*impairments->line));
	impairments->line[count] = *like;
	impairments->count++;
	return &impairments->line[count];
}

static void on_network(void *report, const json_t *line)
{
	struct line like = {.asked_ppm = (int64_t)take_count(line, "asked"),
			    .clustering = (int64_t)take_count(line, "clustering")};

	if (strcmp(bo_journal_str(line, "did", ""), "counted") != 0)
		return;
	take_text(like.way, sizeof(like.way), line, "way");
	take_text(like.is, sizeof(like.is), line, "is");
	struct line *found = find(report, &like);

	found->packets += take_count(line, "packets");
	found->dropped += take_count(line, "dropped");
}

/* "net-loss f103-net,loss=50000ppm": the id without its hash and its faults. */
static void on_trial(void *report, const json_t *line)
{
	struct bo_impairments *impairments = report;
	const char *id = bo_journal_str(line, "id", "");
	size_t len = bo_id_subject_len(id), name = strcspn(id, "@"), cell = strcspn(id, "/");
	struct bo_buf what = {0};

	bo_buf_printf(&what, "%s", "");
	if (name < cell && cell < len) {
		bo_buf_escape(&what, id, name);
		bo_buf_printf(&what, " ");
		bo_buf_escape(&what, id + cell + 1, len - cell - 1);
	}
	(void)bo_str_copy(impairments->what, sizeof(impairments->what), what.data);
	bo_buf_done(&what);
}

static struct uploads *find_uploads(struct bo_impairments *impairments)
{
	size_t count = impairments->upload_count;

	for (size_t i = 0; i < count; i++)
		if (strcmp(impairments->uploads[i].what, impairments->what) == 0)
			return &impairments->uploads[i];
	impairments->uploads = grow(impairments->uploads, count, sizeof(*impairments->uploads));
	memcpy(impairments->uploads[count].what, impairments->what, sizeof(impairments->what));
	impairments->upload_count++;
	return &impairments->uploads[count];
}

static void on_upload(void *report, const json_t *line)
{
	struct uploads *uploads = find_uploads(report);
	uint64_t from = take_count(line, "from"), to = take_count(line, "to");
	int64_t took = bo_journal_int(line, "took", 0);

	uploads->count++;
	uploads->acknowledged += to > from ? to - from : 0;
	uploads->handed += take_count(line, "handed");
	uploads->took_ns += took > 0 && took < DAY_NS ? took : 0;
}

static void take_line(void *report, const char *kind, const json_t *line)
{
	static const struct bo_taker takers[] = {
		{"network", on_network}, {"trial", on_trial}, {"upload", on_upload}};

	bo_take(takers, sizeof(takers) / sizeof(takers[0]), report, kind, line);
}

struct bo_impairments *bo_impairments_new(void)
{
	struct bo_impairments *impairments = calloc(1, sizeof(*impairments));

	if (!impairments)
		abort();
	return impairments;
}

void bo_impairments_free(struct bo_impairments *impairments)
{
	if (!impairments)
		return;
	free(impairments->line);
	free(impairments->uploads);
	free(impairments);
}

struct bo_reader bo_impairments_reader(struct bo_impairments *impairments)
{
	return (struct bo_reader){take_line, impairments};
}

/* Losses that cluster tell as much as fewer that do not. */
static uint64_t fewer(uint64_t count, int64_t clustering)
{
	return clustering > THOUSANDTHS ? count * THOUSANDTHS / (uint64_t)clustering : count;
}

static void render_line(const struct line *line, struct bo_buf *out)
{
	char asked[BO_STATS_TEXT_MAX], measured[BO_STATS_TEXT_MAX], lower[BO_STATS_TEXT_MAX],
		upper[BO_STATS_TEXT_MAX], packets[32], dropped[32];
	uint64_t n = fewer(line->packets, line->clustering);
	uint64_t lost = fewer(line->dropped, line->clustering);

	bo_buf_printf(out, "  %-4s  %11s  %11s  %8s  ", line->way,
		      bo_str_group(packets, sizeof(packets), line->packets),
		      bo_str_group(dropped, sizeof(dropped), line->dropped),
		      bo_stats_format(asked, line->asked_ppm * PPB_OF_PPM, 0));
	if (n == 0 || lost > n)
		bo_buf_printf(out, "%-29s", "not known");
	else
		bo_buf_printf(
			out, "%8s (%s to %s)",
			bo_stats_format(measured,
					(int64_t)((double)line->dropped / (double)line->packets *
						  BO_STATS_ONE),
					0),
			bo_stats_format(lower, bo_stats_lower_ppb(lost, n, BO_NETEM_99_SIDED), 0),
			bo_stats_format(upper, bo_stats_upper_ppb(lost, n, BO_NETEM_99_SIDED), 1));
	bo_buf_printf(out, "  %s\n", line->is);
}

static void render_uploads(const struct uploads *uploads, struct bo_buf *out)
{
	uint64_t again = uploads->handed > uploads->acknowledged
				 ? uploads->handed - uploads->acknowledged
				 : 0;
	uint64_t ms = (uint64_t)(uploads->took_ns / NS_PER_MS);
	char acknowledged[32], resent[32], rate[32] = "-";

	if (ms > 0)
		(void)bo_str_group(rate, sizeof(rate), uploads->acknowledged * 1000 / ms);
	bo_buf_printf(out, "  %8llu  %12s  %12s  %9s  %s\n", (unsigned long long)uploads->count,
		      bo_str_group(acknowledged, sizeof(acknowledged), uploads->acknowledged),
		      bo_str_group(resent, sizeof(resent), again), rate, uploads->what);
}

void bo_impairments_render(const struct bo_impairments *impairments, struct bo_buf *out)
{
	if (impairments->count == 0)
		return;
	bo_buf_printf(out,
		      "\nnetwork links (down to the target), loss measured with its interval of 99 "
		      "%%:\n  %-4s  %11s  %11s  %8s  %-29s  %s\n",
		      "way", "packets", "dropped", "asked", "measured", "setting");
	for (size_t i = 0; i < impairments->count; i++)
		render_line(&impairments->line[i], out);
	if (impairments->upload_count == 0)
		return;
	bo_buf_printf(out, "\nuploads:\n  %8s  %12s  %12s  %9s  %s\n", "how many", "acknowledged",
		      "sent again", "B/s", "scenario");
	for (size_t i = 0; i < impairments->upload_count; i++)
		render_uploads(&impairments->uploads[i], out);
}
