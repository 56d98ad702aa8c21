#include "harness/imagetool/imagetool.h"

static const struct cmd_command table[] = {
	{"forge", tool_forge, "make images that a target must refuse, or survive"},
	{"inspect", tool_inspect, "show header, TLVs, hash and signature"},
	{"sign", tool_sign, "sign an image, or wrap and sign a raw program"},
	{"verify", tool_verify, "check an image against a public key and what is expected of it"},
};

static const struct cmd_commands verbs = {"brownout image", "verb", table,
					  sizeof(table) / sizeof(table[0])};

int main(int argc, char **argv)
{
	return cmd_dispatch(&verbs, argc, argv);
}
