#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/conf.h"

/* Lists whose items choose their schema by name. */
struct deed {
	bo_ns duration;
	const char *text;
};

static const struct bo_conf_field wait_fields[] = {{.key = "for",
						    .type = BO_CONF_DURATION,
						    .offset = offsetof(struct deed, duration),
						    .flags = BO_CONF_REQUIRED,
						    .help = "how long"},
						   {.key = NULL}};
static const struct bo_conf_field say_fields[] = {{.key = "text",
						   .type = BO_CONF_STR,
						   .offset = offsetof(struct deed, text),
						   .fallback = "hello",
						   .help = "what"},
						  {.key = NULL}};

static const struct bo_conf_option options[] = {
	{.name = "wait", .fields = wait_fields, .size = sizeof(struct deed)},
	{.name = "say", .fields = say_fields, .size = sizeof(struct deed)},
	{.name = "stop"},
	{.name = NULL}};

static const struct bo_conf_field fields[] = {{.key = "deeds",
					       .type = BO_CONF_CHOICES,
					       .offset = 0,
					       .options = options,
					       .help = "what is done"},
					      {.key = NULL}};

static const struct bo_conf_args args = {
	.path = "deeds.yaml", .fields = fields, .size = sizeof(struct bo_conf_list)};

static int read_text(const char *text, struct bo_conf **conf, const struct bo_conf_list **list,
		     struct bo_buf *report)
{
	void *data = NULL;
	int rc = bo_conf_read_text(&args, text, strlen(text), conf, &data, report);

	*list = data;
	return rc;
}

Test(conf_choices, items_are_names_or_names_with_keys_and_stay_in_order)
{
	const struct bo_conf_list *list;
	struct bo_buf report = {0}, canonical = {0}, page = {0};
	struct bo_conf *conf;

	cr_assert_eq(read_text("deeds: [say, wait: {for: 2 h}, stop, say: {text: bye}]\n", &conf,
			       &list, &report),
		     0, "%s", report.data);
	bo_conf_canonical(fields, list, &canonical);
	cr_expect_str_eq(canonical.data, "deeds.say {\ntext=\"hello\"\n}\n"
					 "deeds.wait {\nfor=7200000000000\n}\n"
					 "deeds.stop {\n}\n"
					 "deeds.say {\ntext=\"bye\"\n}\n");
	bo_conf_reference(&args, &page);
	cr_expect_not_null(strstr(page.data, "| `deeds.say.text` | a text | `hello` | what |"),
			   "%s", page.data);
	cr_expect_not_null(strstr(page.data, "| `deeds.stop` | | | an item; no keys |"), "%s",
			   page.data);
	bo_buf_done(&canonical);
	bo_buf_done(&report);
	bo_buf_done(&page);
	bo_conf_free(conf);
}

Test(conf_choices, every_mistake_has_its_place_and_a_suggestion)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"deeds: say\n", "1:8: error: 'deeds' must be a list, found"},
		{"deeds: [wiat: {for: 1 s}]\n",
		 "1:9: error: unknown item 'wiat' of 'deeds' (did you mean 'wait'?); one of "
		 "wait, say, stop"},
		{"deeds: [{say: {}, wait: {}}]\n",
		 "an item of 'deeds' must be a name, or one name with its keys, found a mapping"},
		{"deeds: [[say]]\n", "or one name with its keys, found a list"},
		{"deeds: [wait]\n", "1:9: error: 'wait' lacks the key 'for', a duration"},
		{"deeds: [say, say: loud]\n", "'say' must be a mapping, found"},
		{"deeds: [say: {txt: a}]\n", "unknown key 'txt' (did you mean 'text'?)"},
		{"deeds: [stop: {now: yes}]\n", "unknown key 'now'"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct bo_conf_list *list;
		struct bo_buf report = {0};
		struct bo_conf *conf;

		cr_expect_eq(read_text(cases[i].text, &conf, &list, &report), -EINVAL, "%s",
			     cases[i].text);
		cr_expect_not_null(strstr(report.data, cases[i].message), "%s%s", cases[i].text,
				   report.data);
		bo_buf_done(&report);
	}
}
