#include <stdio.h>
#include <string.h>

#include "harness/imagetool/imagetool.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{"forge", tool_forge, "make images that a target must refuse, or survive"},
	{"inspect", tool_inspect, "show header, TLVs, hash and signature"},
	{"sign", tool_sign, "sign an image, or wrap and sign a raw program"},
	{"verify", tool_verify, "check an image against a public key and what is expected of it"},
};

#define VERBS (sizeof(verbs) / sizeof(*verbs))

static void usage(FILE *out)
{
	(void)fprintf(out, "usage: brownout image VERB [OPTION...] [ARGUMENT...]\n\n");
	for (size_t i = 0; i < VERBS; i++)
		(void)fprintf(out, "  %-9s %s\n", verbs[i].name, verbs[i].help);
	(void)fprintf(out, "\n'brownout image VERB --help' tells more.\n");
}

static int unknown(const char *name)
{
	const char *names[VERBS];

	for (size_t i = 0; i < VERBS; i++)
		names[i] = verbs[i].name;
	const char *near = bo_str_nearest(name, names, VERBS);

	return cmd_fail(BO_EXIT_USAGE, "unknown verb 'image %s'%s%s%s; see 'brownout image --help'",
			name, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return BO_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return BO_EXIT_OK;
	}
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}
