#include <criterion/criterion.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/base/proc.h"
#include "harness/tests/scratch_dir.h"
#include "reports/exploration.h"

/* Pictures of an exploration: what they show, and that they are XML whatever the record holds. */

#define HOSTILE "<script>&\\u0001\\\"]]>"

static const char record_text[] =
	"{\"scenario\":\"s" HOSTILE "\",\"hash8\":\"01234567\",\"target\":\"t\","
	"\"reality\":\"virtual\",\"result\":\"bounded\",\"every_schedule_up_to_cuts\":2,"
	"\"figures\":{\"classes\":3,\"cut_states\":100},"
	"\"first_boot\":{\"operations\":9600,\"outcome\":\"updated\","
	"\"writes\":{\"slot0\":[[1,4800]],\"" HOSTILE "\":[[4801,9600]]},"
	"\"cuts\":{\"clean\":[[1,\"updated\"],[5000,\"bricked\"],[5001,\"updated\"]],"
	"\"low\":[[1,\"kept-old\"],[4801,null]]}},"
	"\"graph\":{\"nodes\":[{\"cuts\":0,\"where\":\"start\",\"outcome\":\"updated\","
	"\"classes\":1},{\"cuts\":1,\"where\":\"" HOSTILE "\",\"outcome\":\"bricked\","
	"\"classes\":2}],\"edges\":[[0,1,5],[1,0,1],[1,1,7],[0,9,1],[-1,0,1]]},"
	"\"findings\":[{\"outcome\":\"bricked\",\"stuck\":false,\"cuts\":1,\"id\":\"" HOSTILE "\","
	"\"schedule\":[{\"operations\":9600,\"cut_at\":5000,\"leaves\":\"low\",\"where\":\"slot1\","
	"\"then_ram\":\"zero\",\"then_cause\":\"pin\"},"
	"{\"operations\":12,\"outcome\":\"bricked\"}]}]}";

typedef void (*picture)(const json_t *record, struct bo_buf *out);

static void first_finding(const json_t *record, struct bo_buf *out)
{
	bo_exploration_finding(record, 0, out);
}

static json_t *record_of(const char *text)
{
	json_t *record = json_loads(text, 0, NULL);

	cr_assert_not_null(record, "%s", text);
	return record;
}

static bool is_xml(const struct bo_buf *text)
{
	struct scratch dir = scratch_make();
	struct bo_buf path = {0};
	struct bo_clock clock;
	struct bo_loop loop;
	struct bo_proc proc;
	struct bo_err err = {0};
	int status = -1;

	scratch_write(&dir, "picture.svg", text->data);
	bo_buf_printf(&path, "%s/picture.svg", dir.path);
	const char *const argv[] = {"xmllint", "--noout", "--nonet", path.data, NULL};

	bo_clock_real_init(&clock);
	bo_loop_init(&loop, &clock);
	cr_assert_eq(bo_proc_spawn(&(struct bo_proc_args){.argv = argv}, &proc, &err), 0, "%s",
		     err.text);
	cr_assert_eq(bo_proc_wait(&proc, &loop, bo_loop_now(&loop) + 60 * BO_S, &status), 0);
	bo_buf_done(&path);
	scratch_done(&dir);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Test(exploration, pictures_show_the_single_bad_cut_among_thousands_and_what_nobody_tried)
{
	json_t *record = record_of(record_text);
	struct bo_buf out = {0};

	bo_exploration_outcomes(record, &out);
	cr_expect_not_null(strstr(out.data, "fill=\"#b3202a\""), "the bricked one");
	cr_expect_not_null(strstr(out.data, ">bricked<"), "in the legend");
	cr_expect_not_null(strstr(out.data, ">slot0<"));
	cr_expect_not_null(strstr(out.data, "every schedule of at most 2 cuts"));
	cr_expect_not_null(strstr(out.data, "reality: virtual"));
	/* the low half was tried in the first half of the operations only */
	cr_expect_not_null(strstr(out.data, "width=\"480\" height=\"20\" fill=\"#a6cbe3\""), "%s",
			   out.data);
	bo_buf_reset(&out);
	bo_exploration_classes(record, &out);
	cr_expect_not_null(strstr(out.data, "1 class, start"));
	cr_expect_not_null(strstr(out.data, "2 classes, "));
	bo_buf_reset(&out);
	bo_exploration_finding(record, 0, &out);
	cr_expect_not_null(
		strstr(out.data, "power fails in operation 5,000 of 9,600, slot1, and leaves: low; "
				 "the next boot finds RAM zero, cause pin"),
		"%s", out.data);
	cr_expect_not_null(strstr(out.data, "12 operations, then: bricked"));
	json_decref(record);
	bo_buf_done(&out);
}

Test(exploration, pictures_are_xml_whatever_the_record_holds_and_the_same_each_time)
{
	static const picture pictures[] = {bo_exploration_outcomes, bo_exploration_classes,
					   first_finding};
	static const char *const records[] = {
		record_text, "{}", "[]",
		"{\"first_boot\":{\"operations\":-1,\"writes\":{\"a\":[[9,1],[],3]},"
		"\"cuts\":{\"clean\":[[99,\"updated\"],[-5,\"?\"],7,[1]]}},"
		"\"graph\":{\"nodes\":[{\"cuts\":-3},{\"cuts\":99999},7],\"edges\":[[0,1],3]},"
		"\"findings\":[{\"schedule\":[{\"cut_at\":7},{\"operations\":-1,\"cut_at\":9e1},4]}"
		"]}"};

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		for (size_t k = 0; k < sizeof(pictures) / sizeof(pictures[0]); k++) {
			json_t *record = record_of(records[i]);
			struct bo_buf once = {0}, again = {0};

			pictures[k](record, &once);
			pictures[k](record, &again);
			cr_expect_str_eq(once.data, again.data);
			cr_expect_null(strstr(once.data, "<script"));
			cr_expect(is_xml(&once), "record %zu, picture %zu: %s", i, k, once.data);
			bo_buf_done(&once);
			bo_buf_done(&again);
			json_decref(record);
		}
}
