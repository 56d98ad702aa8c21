#include "harness/model/oracle_answer.h"

#include <errno.h>
#include <string.h>

#include "harness/base/str.h"

#define NAME_MAX_LEN 64

static int take_contract(const json_t *value, struct bo_oracle_answer *answer, struct bo_err *err)
{
	(void)answer;
	if (json_is_integer(value) && json_integer_value(value) == BO_ORACLE_CONTRACT)
		return 0;
	return bo_err_set(err, -EPROTO, "'oracle' must be %d, the version of the contract",
			  BO_ORACLE_CONTRACT);
}

static int take_verdict(const json_t *value, struct bo_oracle_answer *answer, struct bo_err *err)
{
	static const enum bo_verdict allowed[] = {BO_PASS, BO_FAIL, BO_INCONCLUSIVE};

	for (size_t i = 0; json_is_string(value) && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (strcmp(json_string_value(value), bo_verdict_names[allowed[i]]) == 0) {
			answer->verdict = allowed[i];
			return 0;
		}
	return bo_err_set(err, -EPROTO, "'verdict' must be \"pass\", \"fail\" or \"inconclusive\"");
}

static int take_text(const json_t *value, struct bo_oracle_answer *answer, struct bo_err *err)
{
	if (!json_is_string(value) || json_string_length(value) > BO_ORACLE_TEXT_MAX)
		return bo_err_set(err, -EPROTO, "'text' must be a string of at most %d bytes",
				  BO_ORACLE_TEXT_MAX);
	(void)bo_str_escape(answer->text, sizeof(answer->text), json_string_value(value),
			    json_string_length(value));
	return 0;
}

static bool is_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_LEN &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       len;
}

static int take_measurements(const json_t *value, struct bo_oracle_answer *answer,
			     struct bo_err *err)
{
	json_t *map = (json_t *)(uintptr_t)value, *number;
	const char *name;

	if (!json_is_object(value) || json_object_size(value) > BO_ORACLE_MEASUREMENTS_MAX)
		return bo_err_set(err, -EPROTO, "'measurements' must be an object of at most %d",
				  BO_ORACLE_MEASUREMENTS_MAX);
	json_object_foreach(map, name, number) if (
		!is_name(name) ||
		!json_is_number(number)) return bo_err_set(err, -EPROTO,
							   "each of 'measurements' must be a "
							   "number with a name "
							   "of letters, digits, '.', '_' and '-'");
	answer->measurements = map;
	return 0;
}

static const struct {
	const char *key;
	bool required;
	int (*take)(const json_t *value, struct bo_oracle_answer *answer, struct bo_err *err);
} members[] = {
	{"oracle", true, take_contract},
	{"verdict", true, take_verdict},
	{"text", false, take_text},
	{"measurements", false, take_measurements},
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))

static int take_members(const json_t *root, struct bo_oracle_answer *answer, struct bo_err *err)
{
	size_t known = 0;
	int rc = json_is_object(root) ? 0 : bo_err_set(err, -EPROTO, "it is no JSON object");

	for (size_t i = 0; rc == 0 && i < MEMBERS; i++) {
		const json_t *value = json_object_get(root, members[i].key);

		known += value != NULL;
		if (value)
			rc = members[i].take(value, answer, err);
		else if (members[i].required)
			rc = bo_err_set(err, -EPROTO, "'%s' is missing", members[i].key);
	}
	if (rc == 0 && json_object_size(root) != known)
		rc = bo_err_set(err, -EPROTO,
				"it has a member that is none of oracle, verdict, text, "
				"measurements");
	return rc;
}

int bo_oracle_answer_parse(const char *said, size_t len, struct bo_oracle_answer *ret,
			   struct bo_err *err)
{
	struct bo_oracle_answer answer = {.verdict = BO_INCONCLUSIVE};
	json_error_t why;
	json_t *root = NULL;

	if (len > BO_ORACLE_ANSWER_MAX)
		return bo_err_set(err, -EPROTO, "it is longer than %d bytes", BO_ORACLE_ANSWER_MAX);
	if (len > 0)
		root = json_loadb(said, len, JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return bo_err_set(err, -EPROTO, "it is no JSON object: %s",
				  len > 0 ? why.text : "nothing was said");
	int rc = take_members(root, &answer, err);

	if (rc == 0) {
		json_incref(answer.measurements);
		*ret = answer;
	}
	json_decref(root);
	return rc;
}
