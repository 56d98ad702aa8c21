#include "drivers/exec/exec_call.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define OUT_MAX	 (64 << 10)
#define ERR_MAX	 (64 << 10)
#define WORD_MAX 32

const struct bo_conf_field exec_call_fields[] = {EXEC_CALL_ROWS(struct exec_call), {.key = NULL}};

/* Length of the "{word}" that begins here, 0 when none does. */
static size_t word_at(const char *text)
{
	size_t len = text[0] == '{' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz-") : 0;

	return len > 0 && text[1 + len] == '}' ? len + 2 : 0;
}

static bool is_word(const char *text, size_t len, const char *key)
{
	return strlen(key) == len - 2 && memcmp(text + 1, key, len - 2) == 0;
}

static int refuse_word(const char *what, const char *text, size_t len, const char *const *keys,
		       struct bo_err *err)
{
	struct bo_buf known = {0};

	for (const char *const *key = keys; *key; key++)
		bo_buf_printf(&known, "%s{%s}", key == keys ? "" : ", ", *key);
	bo_err_set(err, -EINVAL, "'%s' has no word %.*s to fill in; it has %s", what,
		   (int)(len < WORD_MAX ? len : WORD_MAX), text,
		   known.len > 0 ? known.data : "none");
	bo_buf_done(&known);
	return -EINVAL;
}

static int check_arg(const char *arg, const char *what, const char *const *keys, struct bo_err *err)
{
	for (const char *at = arg; *at; at++) {
		size_t len = word_at(at);
		const char *const *key = keys;

		while (len > 0 && *key && !is_word(at, len, *key))
			key++;
		if (len > 0 && !*key)
			return refuse_word(what, at, len, keys, err);
	}
	return 0;
}

int exec_call_check(const struct exec_call *call, const char *what, const char *const *keys,
		    const struct bo_programs *programs, struct bo_err *err)
{
	const char *const *args = call->args.items;

	if (!call->program)
		return 0;
	const char *refusal = bo_programs_refusal(programs, call->program);
	int rc = refusal ? bo_err_set(err, -EINVAL, "'%s': %s", what, refusal) : 0;

	for (size_t i = 0; rc == 0 && i < call->args.count; i++)
		rc = check_arg(args[i], what, keys, err);
	return rc;
}

/* A word of which nothing is known stays as it is: exec_call_check() has seen to that. */
static char *fill_in(const char *arg, const struct exec_word *words)
{
	struct bo_buf out = {0};

	bo_buf_add(&out, "", 0);
	while (*arg) {
		size_t len = word_at(arg);
		const struct exec_word *word = words;

		while (len > 0 && word->key && !is_word(arg, len, word->key))
			word++;
		if (len > 0 && word->key) {
			bo_buf_printf(&out, "%s", word->value);
			arg += len;
		} else {
			bo_buf_add(&out, arg++, 1);
		}
	}
	char *text = strdup(out.data ? out.data : "");

	assert(text);
	bo_buf_done(&out);
	return text;
}

char **exec_args_new(const struct exec_call *call, const struct exec_word *words)
{
	const char *const *args = call->args.items;
	char **list = calloc(call->args.count + 1, sizeof(*list));

	assert(list);
	for (size_t i = 0; i < call->args.count; i++)
		list[i] = fill_in(args[i], words);
	return list;
}

void exec_args_free(char **args)
{
	for (char **at = args; *at; at++)
		free(*at);
	free(args);
}

#define LAST_WORDS 160

const char *exec_last_words(const struct bo_buf *said, char *out, size_t cap)
{
	size_t len = said->len;

	while (len > 0 && strchr(" \t\r\n", said->data[len - 1]))
		len--;
	size_t from = len > LAST_WORDS ? len - LAST_WORDS : 0;
	const char *line = len > 0 ? memrchr(said->data + from, '\n', len - from) : NULL;

	if (line)
		from = (size_t)(line + 1 - said->data);
	(void)bo_str_copy(out, cap, len > 0 ? ": " : "");
	if (len > 0)
		(void)bo_str_escape(out + 2, cap - 2, said->data + from, len - from);
	return out;
}

static int judge_end(const struct exec_call *call, const char *what, const struct bo_talk *talk,
		     struct bo_err *err)
{
	char status[48], words[2 * LAST_WORDS];

	if (WIFEXITED(talk->status) && WEXITSTATUS(talk->status) == 0)
		return 0;
	return bo_err_set(err, -EIO, "%s: program '%s': %s%s", what, call->program,
			  bo_proc_status_text(talk->status, status, sizeof(status)),
			  exec_last_words(&talk->err, words, sizeof(words)));
}

static int explain(int rc, const struct exec_host *host, const struct exec_call *call,
		   const char *what, const struct bo_talk *talk, struct bo_err *err)
{
	char words[2 * LAST_WORDS];

	if (rc == -ETIMEDOUT)
		return bo_err_set(err, rc, "%s: program '%s' was not done within %lld ms%s", what,
				  call->program, (long long)(host->within / BO_MS),
				  exec_last_words(&talk->err, words, sizeof(words)));
	if (rc == -EMSGSIZE)
		return bo_err_set(err, -EIO, "%s: program '%s' said more than %d bytes", what,
				  call->program, OUT_MAX);
	return bo_err_set(err, rc, "%s: program '%s': %s", what, call->program, strerror(-rc));
}

int exec_call_run(const struct exec_host *host, const struct exec_call *call, const char *what,
		  const struct exec_word *words, struct bo_talk *ret, struct bo_err *err)
{
	char **args = exec_args_new(call, words);
	const struct bo_program_call start = {.name = call->program,
					      .args = (const char *const *)args};
	const struct bo_talk_args talk = {
		.out_max = OUT_MAX, .err_max = ERR_MAX, .within = host->within};
	struct bo_proc proc = BO_PROC_NONE;
	int rc = bo_programs_start(host->programs, &start, &proc, err);

	exec_args_free(args);
	if (rc < 0)
		return bo_err_wrap(err, "%s", what);
	rc = bo_talk(&proc, &talk, ret);
	return rc < 0 ? explain(rc, host, call, what, ret, err) : judge_end(call, what, ret, err);
}
