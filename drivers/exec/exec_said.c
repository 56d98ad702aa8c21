#include "drivers/exec/exec_said.h"

#include <errno.h>
#include <string.h>

#include "harness/base/str.h"

/* The rest of a line. */
struct rest {
	const char *at;
	size_t len;
};

/* The next word; empty at the end. */
static struct rest take_word(struct rest *rest)
{
	while (rest->len > 0 && *rest->at == ' ')
		*rest = (struct rest){rest->at + 1, rest->len - 1};
	struct rest word = {rest->at, 0};

	while (word.len < rest->len && word.at[word.len] != ' ')
		word.len++;
	*rest = (struct rest){rest->at + word.len, rest->len - word.len};
	return word;
}

static bool is(const struct rest *word, const char *text)
{
	return word->len == strlen(text) && memcmp(word->at, text, word->len) == 0;
}

static bool begins(const struct rest *word, const char *text)
{
	return word->len >= strlen(text) && memcmp(word->at, text, strlen(text)) == 0;
}

static bool number_of(const struct rest *word, uint64_t *ret)
{
	uint64_t value = 0;

	if (word->len == 0 || word->len > 18)
		return false;
	for (size_t i = 0; i < word->len; i++) {
		if (word->at[i] < '0' || word->at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(word->at[i] - '0');
	}
	*ret = value;
	return true;
}

static bool at_end(struct rest *rest)
{
	return take_word(rest).len == 0;
}

static const char *parse_number(struct rest *rest, struct exec_said *said)
{
	struct rest word = take_word(rest);

	return number_of(&word, &said->value) && at_end(rest) ? NULL : "expected one number";
}

static const char *parse_text(struct rest *rest, struct exec_said *said)
{
	while (rest->len > 0 && *rest->at == ' ')
		*rest = (struct rest){rest->at + 1, rest->len - 1};
	(void)bo_str_escape(said->text, sizeof(said->text), rest->at, rest->len);
	return NULL;
}

/* A trial id must be able to carry it. */
static bool is_point(const struct rest *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

	if (word->len == 0 || word->len > EXEC_POINT_MAX || !memchr(letters, word->at[0], 26))
		return false;
	for (size_t i = 0; i < word->len; i++)
		if (!word->at[i] || !strchr("abcdefghijklmnopqrstuvwxyz0123456789-", word->at[i]))
			return false;
	return !is(word, "byte") && !is(word, "at");
}

static const char *parse_point(struct rest *rest, struct exec_said *said)
{
	struct rest word = take_word(rest), number = take_word(rest);

	if (!is_point(&word))
		return "a point's name is of a-z, 0-9 and '-', begins with a letter, has 24 at "
		       "most, and is neither 'byte' nor 'at'";
	memcpy(said->name, word.at, word.len);
	said->name[word.len] = '\0';
	if (number.len > 0 && (!number_of(&number, &said->value) || said->value == 0))
		return "a point's ordinal is a number from 1 on";
	return at_end(rest) ? NULL : "expected a point's name and its ordinal";
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) % 16 : -1;
}

static bool parse_hash(const struct rest *hex, uint8_t out[32])
{
	if (hex->len != 64)
		return false;
	for (size_t i = 0; i < 32; i++) {
		int high = digit(hex->at[2 * i]), low = digit(hex->at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char *parse_flag(const struct rest *word, struct bo_update_slot *slot)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {{"active", &slot->active},
		     {"confirmed", &slot->confirmed},
		     {"pending", &slot->pending},
		     {"permanent", &slot->permanent}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (is(word, flags[i].name)) {
			*flags[i].flag = true;
			return NULL;
		}
	return "a slot is version=V, hash=HEX, active, confirmed, pending, permanent";
}

static const char *parse_detail(const struct rest *word, struct bo_update_slot *slot)
{
	if (begins(word, "version=")) {
		const struct rest value = {word->at + 8, word->len - 8};

		if (value.len == 0 || value.len >= sizeof(slot->version))
			return "a version has 1 to 31 characters";
		(void)bo_str_escape(slot->version, sizeof(slot->version), value.at, value.len);
		return NULL;
	}
	if (begins(word, "hash=")) {
		const struct rest value = {word->at + 5, word->len - 5};

		slot->has_hash = parse_hash(&value, slot->hash);
		return slot->has_hash ? NULL : "a hash has 64 hexadecimal digits";
	}
	return parse_flag(word, slot);
}

static const char *parse_slot(struct rest *rest, struct exec_said *said)
{
	struct rest word = take_word(rest);
	const char *why = NULL;

	if (!number_of(&word, &said->value) || said->value > 1)
		return "expected slot 0 or 1";
	said->slot.present = true;
	while (!why && (word = take_word(rest)).len > 0)
		why = parse_detail(&word, &said->slot);
	return why;
}

static const struct {
	const char *word;
	enum exec_said_kind kind;
	const char *(*parse)(struct rest *rest, struct exec_said *said);
} words[] = {
	{"note", EXEC_SAID_NOTE, parse_text},	  {"progress", EXEC_SAID_PROGRESS, parse_number},
	{"point", EXEC_SAID_POINT, parse_point},  {"resume", EXEC_SAID_RESUME, parse_number},
	{"retry", EXEC_SAID_RETRY, parse_text},	  {"refused", EXEC_SAID_REFUSED, parse_text},
	{"silent", EXEC_SAID_SILENT, parse_text}, {"gave-up", EXEC_SAID_GAVE_UP, parse_text},
	{"slot", EXEC_SAID_SLOT, parse_slot},	  {"handed", EXEC_SAID_HANDED, parse_number},
};

static int complain(const char *line, size_t len, const char *why, struct bo_err *err)
{
	char shown[80];

	return bo_err_set(err, -EPROTO, "said '%s': %s",
			  bo_str_escape(shown, sizeof(shown), line, len), why);
}

int exec_said_parse(const char *line, size_t len, struct exec_said *ret, struct bo_err *err)
{
	struct rest rest = {line, len > 0 && line[len - 1] == '\r' ? len - 1 : len};
	struct exec_said said = {.kind = EXEC_SAID_NOTE};
	struct rest word = take_word(&rest);

	if (len > EXEC_SAID_LINE_MAX)
		return complain(line, len, "longer than 512 bytes", err);
	for (size_t i = 0; word.len > 0 && i < sizeof(words) / sizeof(words[0]); i++) {
		if (!is(&word, words[i].word))
			continue;
		said.kind = words[i].kind;
		const char *why = words[i].parse(&rest, &said);

		if (why)
			return complain(line, len, why, err);
		*ret = said;
		return 0;
	}
	if (word.len > 0)
		return complain(line, len, "no such word; comments are 'note TEXT'", err);
	*ret = said;
	return 0;
}
