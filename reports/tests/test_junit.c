#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/base/prng.h"
#include "harness/base/proc.h"
#include "harness/tests/scratch_dir.h"
#include "reports/junit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define LINE(at, kind, members) "{\"at\":" #at ",\"ev\":\"" kind "\"" members "}\n"
#define TRIAL(id)		LINE(0, "trial", ",\"id\":\"" id "\"")
#define VIRTUAL			LINE(0, "identity", ",\"uid\":\"424F56\",\"reality\":\"virtual\"")
#define REAL			LINE(0, "identity", ",\"uid\":\"3003\",\"reality\":\"real\"")
#define FAULT(due, done)	LINE(done, "fault", ",\"fault\":\"f\",\"due\":" #due ",\"done\":" #done)
#define PROOF(name, says)	LINE(7, "proof", ",\"witness\":\"" name "\",\"says\":" says)
#define OUTCOME(outcome)	LINE(8, "outcome", ",\"outcome\":\"" outcome "\"")
#define VERDICT(verdict, why, fired, proven, judged)                              \
	LINE(1234567890, "verdict",                                               \
	     ",\"verdict\":\"" verdict "\",\"why\":\"" why "\",\"fired\":" #fired \
	     ",\"proven\":" #proven ",\"judged\":" judged)
#define ID(name) name "@0123abcd/t/boot.1=cut:off-1s"

/* The document, unless the journal is none. */
static int render_of(const char *bench, const char *journal, size_t len, struct bo_buf *out)
{
	struct bo_junit *junit = bo_junit_new(bench);
	struct bo_reader reader = bo_junit_reader(junit);
	size_t line = 0;
	int rc = bo_read_journal(journal, len, &reader, 1, &line);

	if (rc == 0)
		bo_junit_render(junit, out);
	bo_junit_free(junit);
	return rc;
}

static void render(const char *journal, struct bo_buf *out)
{
	cr_assert_eq(render_of("bench-1", journal, strlen(journal), out), 0, "%s", journal);
}

/* xmllint with our schema over the text; true when it is well-formed and valid. */
static bool is_valid(const struct bo_buf *text)
{
	struct scratch dir = scratch_make();
	struct bo_buf path = {0};
	struct bo_clock clock;
	struct bo_loop loop;
	struct bo_proc proc;
	struct bo_err err = {0};
	int status = -1;

	scratch_write(&dir, "junit.xml", text->data);
	bo_buf_printf(&path, "%s/junit.xml", dir.path);
	const char *const argv[] = {
		"xmllint", "--noout", "--nonet", "--schema", "reports/tests/junit.xsd",
		path.data, NULL};

	bo_clock_real_init(&clock);
	bo_loop_init(&loop, &clock);
	cr_assert_eq(bo_proc_spawn(&(struct bo_proc_args){.argv = argv}, &proc, &err), 0, "%s",
		     err.text);
	cr_assert_eq(bo_proc_wait(&proc, &loop, bo_loop_now(&loop) + 60 * BO_S, &status), 0);
	bo_buf_done(&path);
	scratch_done(&dir);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void expect_valid(const char *journal)
{
	struct bo_buf out = {0};

	render(journal, &out);
	cr_expect(is_valid(&out), "%s", out.data);
	bo_buf_done(&out);
}

Test(junit, a_run_is_one_suite_with_reality_first)
{
	static const char journal[] =
		LINE(0, "trial",
		     ",\"id\":\"up@0123abcd/t/boot.1+2ms=cut:off-1s\",\"title\":\"a <title>\","
		     "\"target\":\"t\",\"old\":\"1.0.0\",\"new\":\"2.0.0\"")
			VIRTUAL FAULT(1071120875, 1071243875) PROOF("sense", "true")
				PROOF("reset-cause", "false") OUTCOME("kept-old")
					VERDICT("fail", "promised updated", 1, 1, "true");
	static const char golden[] =
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuite name=\"brownout.bench-1\" tests=\"1\" errors=\"0\" skipped=\"0\" "
		"failures=\"1\" time=\"1.234\">\n"
		"\t<properties>\n"
		"\t\t<property name=\"reality\" value=\"virtual\"/>\n"
		"\t\t<property name=\"planned\" value=\"1\"/>\n"
		"\t\t<property name=\"fired\" value=\"1\"/>\n"
		"\t\t<property name=\"proven\" value=\"1\"/>\n"
		"\t\t<property name=\"judged\" value=\"1\"/>\n"
		"\t\t<property name=\"not-applicable\" value=\"0\"/>\n"
		"\t</properties>\n"
		"\t<testcase classname=\"up.bench-1\" name=\"boot.1+2ms=cut:off-1s\" "
		"time=\"1.234\">\n"
		"\t\t<failure type=\"kept-old\" message=\"promised updated\">promised updated\n"
		"repeat with: brownout replay up@0123abcd/t/boot.1+2ms=cut:off-1s</failure>\n"
		"\t\t<system-out>id: up@0123abcd/t/boot.1+2ms=cut:off-1s\n"
		"title: a &lt;title&gt;\n"
		"target class: t\n"
		"old version: 1.0.0\n"
		"new version: 2.0.0\n"
		"reality: virtual\n"
		"unique id: 424F56\n"
		"fault: f\n"
		"fault due: 1071.120875 ms\n"
		"fault achieved: 1071.243875 ms\n"
		"proven by: sense\n"
		"not proven by: reset-cause\n"
		"outcome: kept-old\n"
		"verdict: fail\n"
		"why: promised updated\n"
		"</system-out>\n"
		"\t</testcase>\n"
		"</testsuite>\n";
	struct bo_buf out = {0}, again = {0};

	render(journal, &out);
	render(journal, &again);
	cr_expect_str_eq(out.data, golden);
	cr_expect_str_eq(again.data, golden);
	bo_buf_done(&out);
	bo_buf_done(&again);
	expect_valid(journal);
}

Test(junit, only_a_proven_and_judged_pass_is_green)
{
	static const struct {
		const char *journal;
		const char *element; /* NULL: none, the case is green */
	} cases[] = {
		{TRIAL(ID("a")) VERDICT("pass", "", 0, 0, "true"), NULL},
		{TRIAL(ID("a")) FAULT(1, 1) VERDICT("pass", "fine", 1, 1, "true"), NULL},
		{TRIAL(ID("a")) OUTCOME("bricked") VERDICT("fail", "dead", 1, 1, "true"),
		 "<failure type=\"bricked\" message=\"dead\">"},
		{TRIAL(ID("a")) VERDICT("fail", "", 1, 1, "true"),
		 "<failure type=\"broken-promise\" message=\"no reason was journalled\">"},
		{TRIAL(ID("a")) VERDICT("skipped", "not reached", 0, 0, "false"),
		 "<skipped message=\"not reached\">"},
		{TRIAL(ID("a")) LINE(0, "rig", ",\"text\":\"no probe\"")
			 VERDICT("inconclusive", "rig: no probe", 0, 0, "false"),
		 "<error type=\"rig\" message=\"rig: no probe\">"},
		{TRIAL(ID("a")) VERDICT("inconclusive", "cut not proven", 1, 0, "false"),
		 "<error type=\"unproven\" message=\"cut not proven\">"},
		{TRIAL(ID("a")) OUTCOME("unresolved")
			 VERDICT("inconclusive", "did not come back", 1, 1, "true"),
		 "<error type=\"unresolved\" message=\"did not come back\">"},
		{TRIAL(ID("a")) VERDICT("inconclusive", "blind", 0, 0, "false"),
		 "<error type=\"inconclusive\" message=\"blind\">"},
		{TRIAL(ID("a")) VIRTUAL,
		 "<error type=\"no-verdict\" message=\"the trial ended in the middle\">"},
		{TRIAL(ID("a")) VERDICT("PASS", "x", 0, 0, "true"), "<error type=\"no-verdict\""},
		{TRIAL(ID("a")) LINE(0, "verdict", ",\"verdict\":1"), "<error type=\"no-verdict\""},
		/* passes that deny themselves */
		{TRIAL(ID("a")) VERDICT("pass", "x", 1, 0, "true"), "<error type=\"unproven\""},
		{TRIAL(ID("a")) VERDICT("pass", "x", 0, 0, "false"),
		 "<error type=\"inconclusive\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		static const char *const kinds[] = {"<failure", "<skipped m", "<error"};
		struct bo_buf out = {0};
		size_t found = 0;

		render(cases[i].journal, &out);
		for (size_t k = 0; k < COUNT(kinds); k++)
			found += strstr(out.data, kinds[k]) != NULL;
		cr_expect_eq(found, cases[i].element ? 1 : 0, "case %zu: %s", i, out.data);
		if (cases[i].element)
			cr_expect_not_null(strstr(out.data, cases[i].element), "case %zu: %s", i,
					   out.data);
		bo_buf_done(&out);
		expect_valid(cases[i].journal);
	}
}

Test(junit, the_suite_counts_what_its_cases_are)
{
	static const char journal[] =
		TRIAL(ID("a")) VIRTUAL FAULT(1, 1) VERDICT("pass", "", 1, 1, "true") TRIAL(ID("b"))
			REAL VERDICT("fail", "x", 2, 2, "true") TRIAL(ID("c"))
				VERDICT("skipped", "x", 0, 0, "false") TRIAL(ID("d"))
					VERDICT("inconclusive", "x", 1, 0, "false") TRIAL(ID("e"))
						TRIAL(ID("f"))
							LINE(0, "verdict",
							     ",\"verdict\":\"skipped\",\"why\":"
							     "\"lacks\",\"not_applicable\":true");
	static const char *const expected[] = {
		" tests=\"6\" errors=\"2\" skipped=\"2\" failures=\"1\" time=\"4.936\"",
		"\"reality\" value=\"mixed\"",
		"\"planned\" value=\"5\"",
		"\"fired\" value=\"4\"",
		"\"proven\" value=\"3\"",
		"\"judged\" value=\"2\"",
		"\"not-applicable\" value=\"1\"",
	};
	struct bo_buf out = {0};

	render(journal, &out);
	for (size_t i = 0; i < COUNT(expected); i++)
		cr_expect_not_null(strstr(out.data, expected[i]), "%s in %s", expected[i],
				   out.data);
	bo_buf_done(&out);
	expect_valid(journal);
}

Test(junit, a_name_survives_a_new_build_and_is_never_given_twice)
{
	struct bo_buf out = {0};
	static const char journal[] = TRIAL("up@0123abcd/t/boot.1=cut:off-1s")
		TRIAL("up@ffffffff/t/boot.1=cut:off-1s") TRIAL("no id") TRIAL("") TRIAL("");
	static const char *const expected[] = {
		"classname=\"up.bench-1\" name=\"boot.1=cut:off-1s\"",
		"classname=\"up.bench-1\" name=\"boot.1=cut:off-1s (2)\"",
		"classname=\"bench-1\" name=\"no id\"",
		"classname=\"bench-1\" name=\"(no id)\"",
		"classname=\"bench-1\" name=\"(no id) (2)\"",
	};

	render(journal, &out);
	for (size_t i = 0; i < COUNT(expected); i++)
		cr_expect_not_null(strstr(out.data, expected[i]), "%s in %s", expected[i],
				   out.data);
	/* what is no id may hold anything a shell would do */
	cr_expect_null(strstr(out.data, "replay no id"));
	bo_buf_done(&out);
	expect_valid(journal);
}

Test(junit, an_empty_run_is_a_valid_suite)
{
	expect_valid("");
	expect_valid(LINE(0, "verdict", ",\"verdict\":\"pass\"") /* belongs to no trial */);
}

Test(junit, a_target_that_boots_for_ever_does_not_fill_the_report)
{
	struct bo_buf journal = {0}, out = {0};

	bo_buf_printf(&journal, TRIAL(ID("loop")));
	for (int i = 0; i < 40000; i++)
		bo_buf_printf(&journal, LINE(0, "boot", ",\"cause\":\"WDG\""));
	render(journal.data, &out);
	cr_expect_lt(out.len, 300u << 10);
	cr_expect_not_null(strstr(out.data, "\n[cut]\n</system-out>"));
	expect_valid(journal.data);
	bo_buf_done(&journal);
	bo_buf_done(&out);
}

/* ---- any bytes in any text field ---- */

static const char *const texts[] = {
	"]]>",
	"<script>alert(1)</script>",
	"\xe2\x80\xae",
	"\\u0000",
	"\\u001b[31m",
	"\xff\xfe",
	"\xc3(",
	"\xed\xa0\x80",
	"\\ud800",
	"\\udc00\\ud800",
	"\\uffff",
	"\\u009b",
	"&#27;",
	"<![CDATA[",
	"--><!--",
	"<?xml?>",
	"\\\"/><error/>",
	"\\n</system-out>",
	"\\r\\n\\t",
	"%s%n",
	"\xf4\x8f\xbf\xbf",
	"a@b/c/d",
	"a@b/c/]]>",
	"\\u2028",
	"\\ufeff",
};

/* One JSON string's inside: hostile pieces, any byte, any code point. */
static void hostile(struct bo_prng *prng, struct bo_buf *out)
{
	bo_buf_add(out, NULL, 0);
	for (uint64_t left = bo_prng_below(prng, 4); left > 0; left--) {
		unsigned char byte = (unsigned char)bo_prng_below(prng, 256);

		if (bo_prng_below(prng, 2))
			bo_buf_printf(out, "%s", texts[bo_prng_below(prng, COUNT(texts))]);
		else if (bo_prng_below(prng, 2))
			bo_buf_printf(out, "\\u%04x", (unsigned)bo_prng_below(prng, 0x10000));
		else if (byte >= 0x20 && byte != '"' && byte != '\\')
			bo_buf_add(out, &byte, 1);
	}
}

/* A line with every text field a report reads; some of them are hostile. */
static void hostile_line(struct bo_prng *prng, const char *kind, struct bo_buf *out)
{
	static const char *const keys[] = {
		"id",	 "title",   "target", "old",  "new",	 "reality", "chip",    "uid",
		"fault", "witness", "cause",  "text", "outcome", "how",	    "verdict", "why",
	};
	static const char *const numbers[] = {"at", "due", "done", "fired", "proven", "lag"};

	bo_buf_printf(out, "{\"ev\":\"%s\"", kind);
	for (size_t i = 0; i < COUNT(keys); i++) {
		bo_buf_printf(out, ",\"%s\":\"", keys[i]);
		if (bo_prng_below(prng, 8) == 0)
			hostile(prng, out);
		else
			bo_buf_printf(out, "a");
		bo_buf_printf(out, "\"");
	}
	for (size_t i = 0; i < COUNT(numbers); i++)
		bo_buf_printf(out, ",\"%s\":%lld", numbers[i], (long long)bo_prng_next(prng));
	bo_buf_printf(out, ",\"judged\":true,\"says\":false}\n");
}

static void expect_inert(const struct bo_buf *out)
{
	static const char *const never[] = {"\xe2\x80\xae", "<script", "<!", "]]>", "\xef\xbf\xbf"};

	cr_assert_eq(strlen(out->data), out->len, "a NUL");
	for (size_t i = 0; i < out->len; i++) {
		unsigned char byte = (unsigned char)out->data[i], next;

		cr_assert(byte == '\n' || byte == '\t' || (byte >= 0x20 && byte != 0x7f),
			  "byte 0x%02x at %zu of %s", byte, i, out->data);
		next = (unsigned char)out->data[i + 1];
		cr_assert(byte != 0xc2 || next >= 0xa0, "C1 control at %zu of %s", i, out->data);
	}
	for (size_t i = 0; i < COUNT(never); i++)
		cr_assert_null(strstr(out->data, never[i]), "%s in %s", never[i], out->data);
}

Test(junit, any_bytes_in_any_text_field_give_a_valid_document)
{
	static const char *const kinds[] = {
		"trial", "identity", "boot", "fault", "proof", "rig", "outcome", "verdict",
	};
	struct bo_buf all = {0}, out = {0};
	struct bo_prng prng;
	size_t taken = 0, refused = 0;

	bo_prng_init(&prng, 20260101);
	for (size_t n = 0; n < 2000; n++) {
		struct bo_buf journal = {0};
		char bench[4] = {(char)bo_prng_next(&prng), (char)bo_prng_next(&prng), '<', '\0'};

		hostile_line(&prng, "trial", &journal);
		hostile_line(&prng, kinds[n % COUNT(kinds)], &journal);
		bo_buf_reset(&out);
		if (render_of(bench, journal.data, journal.len, &out) == 0) {
			expect_inert(&out);
			bo_buf_add(&all, journal.data, journal.len);
			taken++;
		} else {
			cr_assert_eq(out.len, 0);
			refused++;
		}
		bo_buf_done(&journal);
	}
	/* enough of both: bytes that are no JSON, and texts that are */
	cr_expect_gt(refused, 200, "%zu", refused);
	cr_expect_gt(taken, 200, "%zu", taken);
	bo_buf_reset(&out);
	cr_assert_eq(render_of("]]>\xff\x1b", all.data, all.len, &out), 0);
	cr_expect(is_valid(&out));
	bo_buf_done(&all);
	bo_buf_done(&out);
}

Test(junit, the_schema_refuses_what_is_not_the_dialect)
{
	static const struct {
		const char *from, *to;
	} spoilt[] = {
		{"<testsuite ", "<testsuite hostname=\"h\" "},
		{" time=\"0.000\">\n\t<properties>", " time=\"1e3\">\n\t<properties>"},
		{"\t\t<system-out>", "\t\t<system-err/><system-out>"},
		{"classname=\"a.bench-1\" ", ""},
		{"name=\"boot.1=cut:off-1s (2)\"", "name=\"boot.1=cut:off-1s\""},
		{"id: ", "\x1b"},
	};
	struct bo_buf out = {0};

	render(TRIAL(ID("a")) TRIAL(ID("a")), &out);
	for (size_t i = 0; i < COUNT(spoilt); i++) {
		struct bo_buf text = {0};
		const char *at = strstr(out.data, spoilt[i].from);

		cr_assert_not_null(at, "case %zu: %s", i, out.data);
		bo_buf_add(&text, out.data, (size_t)(at - out.data));
		bo_buf_printf(&text, "%s%s", spoilt[i].to, at + strlen(spoilt[i].from));
		cr_expect(!is_valid(&text), "case %zu: %s", i, text.data);
		bo_buf_done(&text);
	}
	bo_buf_done(&out);
}
