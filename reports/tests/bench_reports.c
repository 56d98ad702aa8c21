#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/model/journal.h"
#include "reports/junit.h"
#include "reports/summary.h"

/*
 * What the reports of a long night cost, beside reading its journal alone, which nothing that
 * reports can do without. CPU time, the best of some rounds:
 * other load only adds.
 */
enum { TRIALS = 10000, ROUNDS = 3 };

/* A trial on the virtual board, as it was journalled, behind its first line. */
static const char trial[] =
	"{\"at\":0,\"ev\":\"phase\",\"name\":\"prepare\"}\n"
	"{\"at\":0,\"ev\":\"power\",\"on\":true,\"asked\":0,\"done\":0}\n"
	"{\"at\":2000000,\"ev\":\"identity\",\"uid\":\"424F562D53494D2D30303031\",\"chip\":"
	"\"0x410\",\"reality\":\"virtual\"}\n"
	"{\"at\":2000000,\"ev\":\"range\",\"name\":\"boot\",\"how\":\"rewritten\",\"bytes\":32768}"
	"\n"
	"{\"at\":2000000,\"ev\":\"range\",\"name\":\"slot0\",\"how\":\"rewritten\",\"bytes\":16384}"
	"\n"
	"{\"at\":2000000,\"ev\":\"range\",\"name\":\"slot1\",\"how\":\"unchanged\",\"bytes\":0}\n"
	"{\"at\":2000000,\"ev\":\"range\",\"name\":\"status\",\"how\":\"unchanged\",\"bytes\":0}\n"
	"{\"at\":2000000,\"ev\":\"power\",\"on\":false,\"asked\":2000000,\"done\":2000000}\n"
	"{\"at\":52000000,\"ev\":\"armed\",\"faults\":\"swap.1+700ms=cut:off-300ms\"}\n"
	"{\"at\":52000000,\"ev\":\"power\",\"on\":true,\"asked\":52000000,\"done\":52000000}\n"
	"{\"at\":52000000,\"ev\":\"phase\",\"name\":\"boot\"}\n"
	"{\"at\":57286250,\"ev\":\"boot\",\"n\":1,\"cause\":\"POR\",\"boots\":\"1\",\"unordered\":"
	"false}\n"
	"{\"at\":416100875,\"ev\":\"ready\",\"version\":\"1.0.0\"}\n"
	"{\"at\":416100875,\"ev\":\"phase\",\"name\":\"upload\"}\n"
	"{\"at\":2135475000,\"ev\":\"update\",\"job\":\"upload\",\"result\":\"done\",\"text\":\"\"}"
	"\n"
	"{\"at\":2135475000,\"ev\":\"phase\",\"name\":\"mark for test\"}\n"
	"{\"at\":2169908500,\"ev\":\"update\",\"job\":\"test\",\"result\":\"done\",\"text\":\"\"}\n"
	"{\"at\":2169908500,\"ev\":\"phase\",\"name\":\"reset\"}\n"
	"{\"at\":2171139125,\"ev\":\"update\",\"job\":\"reset\",\"result\":\"done\",\"text\":\"\"}"
	"\n"
	"{\"at\":2171139125,\"ev\":\"phase\",\"name\":\"install\"}\n"
	"{\"at\":2173959750,\"ev\":\"boot\",\"n\":2,\"cause\":\"SFT\",\"boots\":\"2\","
	"\"unordered\":false}\n"
	"{\"at\":2554418250,\"ev\":\"point\",\"name\":\"swap\",\"n\":1}\n"
	"{\"at\":3254418250,\"ev\":\"fault\",\"fault\":\"swap.1+700ms=cut:off-300ms\",\"due\":"
	"3254418250,\"done\":3254418250,\"lag\":0}\n"
	"{\"at\":3254418250,\"ev\":\"phase\",\"name\":\"power is off\"}\n"
	"{\"at\":3304418250,\"ev\":\"proof\",\"witness\":\"sense\",\"says\":true}\n"
	"{\"at\":3554418250,\"ev\":\"power\",\"on\":true,\"asked\":3554418250,\"done\":3554418250}"
	"\n"
	"{\"at\":3554418250,\"ev\":\"phase\",\"name\":\"recover\"}\n"
	"{\"at\":3559704500,\"ev\":\"boot\",\"n\":3,\"cause\":\"POR\",\"boots\":\"1\","
	"\"unordered\":false}\n"
	"{\"at\":3559704500,\"ev\":\"proof\",\"witness\":\"reset-cause\",\"says\":true}\n"
	"{\"at\":3560632000,\"ev\":\"point\",\"name\":\"swap\",\"n\":2}\n"
	"{\"at\":5716288250,\"ev\":\"ready\",\"version\":\"2.0.0\"}\n"
	"{\"at\":5716288250,\"ev\":\"phase\",\"name\":\"confirm\"}\n"
	"{\"at\":5728242750,\"ev\":\"update\",\"job\":\"confirm\",\"result\":\"done\",\"text\":"
	"\"\"}\n"
	"{\"at\":5728242750,\"ev\":\"phase\",\"name\":\"observe\"}\n"
	"{\"at\":5739630375,\"ev\":\"update\",\"job\":\"query\",\"result\":\"done\",\"text\":\"\"}"
	"\n"
	"{\"at\":5739630375,\"ev\":\"slot\",\"n\":0,\"version\":\"2.0.0\",\"hash\":"
	"\"b7e3ad968176de7fefd31ece27148618c18f5b73e406dd2ba0dae74933ed2ab8\",\"is\":\"new\","
	"\"active\":true,\"confirmed\":true,\"pending\":false}\n"
	"{\"at\":5739630375,\"ev\":\"slot\",\"n\":1,\"version\":\"1.0.0\",\"hash\":"
	"\"b6b8d642518ec9a9c9f6a3eef8583d22c630d432f0389332f749cfb2a7d0c0a5\",\"is\":\"old\","
	"\"active\":false,\"confirmed\":false,\"pending\":false}\n"
	"{\"at\":5739630375,\"ev\":\"read-back\",\"range\":\"slot0\",\"hash\":"
	"\"b7e3ad968176de7fefd31ece27148618c18f5b73e406dd2ba0dae74933ed2ab8\",\"is\":\"new\","
	"\"text\":\"\"}\n"
	"{\"at\":5739630375,\"ev\":\"outcome\",\"outcome\":\"updated\",\"why\":\"the new image "
	"runs\",\"how\":\"first boot\",\"resumed\":false}\n"
	"{\"at\":5739630375,\"ev\":\"verdict\",\"verdict\":\"pass\",\"why\":\"the new image "
	"runs\",\"outcome\":\"updated\",\"fired\":1,\"proven\":1,\"judged\":true,\"planned\":1,"
	"\"interrupted\":false}\n";

static void make_journal(struct bo_buf *out)
{
	for (int i = 0; i < TRIALS; i++) {
		bo_buf_printf(out,
			      "{\"at\":0,\"ev\":\"trial\",\"id\":\"swap@3f9a11c2/f103-swap/"
			      "flash.op.%d=cut:off-300ms\",\"title\":\"power lost in the swap\","
			      "\"target\":\"f103-swap\",\"old\":\"1.0.0\",\"new\":\"2.0.0\"}\n",
			      i);
		bo_buf_add(out, trial, strlen(trial));
	}
}

static void count_line(void *ctx, const json_t *line)
{
	(void)line;
	(*(size_t *)ctx)++;
}

static void read_only(const struct bo_buf *journal)
{
	size_t lines = 0, bad;

	if (bo_journal_walk(journal->data, journal->len, count_line, &lines, &bad) < 0)
		abort();
}

static void report(const struct bo_buf *journal)
{
	struct bo_summary *summary = bo_summary_new();
	struct bo_junit *junit = bo_junit_new("bench");
	const struct bo_reader readers[] = {bo_summary_reader(summary), bo_junit_reader(junit)};
	struct bo_buf text = {0};
	struct bo_tally tally;
	size_t bad;

	if (bo_read_journal(journal->data, journal->len, readers, 2, &bad) < 0)
		abort();
	bo_summary_tally(summary, &tally);
	bo_summary_render(summary, "brownout replay", NULL, false, &text);
	bo_junit_render(junit, &text);
	bo_buf_done(&text);
	bo_summary_free(summary);
	bo_junit_free(junit);
}

static int64_t cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t best_ms(void (*run)(const struct bo_buf *), const struct bo_buf *journal)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t began = cpu_ms();

		run(journal);
		int64_t took = cpu_ms() - began;

		least = took < least ? took : least;
	}
	return least;
}

int main(void)
{
	struct bo_buf journal = {0};

	make_journal(&journal);
	int64_t reading = best_ms(read_only, &journal);
	int64_t reports = best_ms(report, &journal);

	printf("summary, tally and JUnit of %d trials (%zu MiB of journal): %lld ms of CPU (budget "
	       "1000 ms)\n  reading the journal alone: %lld ms; ratio %.2f\n",
	       TRIALS, journal.len >> 20, (long long)reports, (long long)reading,
	       (double)reports / (double)reading);
	bo_buf_done(&journal);
	return 0;
}
