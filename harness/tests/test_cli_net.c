#include "harness/tests/cli.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

TestSuite(cli_net, .timeout = 60);

/* No interface has that name: it is longer than the kernel allows. What is refused for another
 * reason was refused before a kernel was asked. */
#define NOWHERE "no-such-interface"

Test(cli_net, mistakes_are_named_before_a_kernel_is_asked)
{
	static const struct {
		const char *args;
		int code;
		const char *message;
	} cases[] = {
		{"net set", 2, "net set: say one interface"},
		{"net set a b --loss 5%", 2, "net set: say one interface"},
		{"net set " NOWHERE, 2,
		 "net set: say what to set: --profile NAME, or one of --delay, --loss, --rate, "
		 "...; "
		 "see --help"},
		{"net set " NOWHERE " --loss 150%", 2,
		 "net set: loss is out of range: a share of the packets is 0 to 100 %"},
		{"net set " NOWHERE " --loss 5", 2,
		 "--loss '5': a bare number; say for example '5 %'"},
		{"net set " NOWHERE " --loss 5foo", 2,
		 "--loss '5foo': unknown unit; expected one of % ppm, for example '5 %'"},
		{"net set " NOWHERE " --delay 5", 2,
		 "--delay '5': a bare number; say for example '250 ms'"},
		{"net set " NOWHERE " --rate 5kB", 2,
		 "--rate '5kB': unknown unit; expected one of bit kbit Mbit Gbit, for example '64 "
		 "kbit'"},
		{"net set " NOWHERE " --rate 7bit", 2,
		 "net set: --rate: the kernel counts whole bytes a second; say a multiple of 8 "
		 "bit"},
		{"net set " NOWHERE " --profile geo --loss 5%", 2,
		 "net set: --profile and explicit values together: choose one; 'brownout net "
		 "profiles' prints a profile's values"},
		{"net set " NOWHERE " --profile geo --delay 0ms", 2,
		 "net set: --profile and explicit values together: choose one; 'brownout net "
		 "profiles' prints a profile's values"},
		{"net set " NOWHERE " --profile gee", 2,
		 "net set: no profile 'gee' (did you mean 'geo'?); 'brownout net profiles' lists "
		 "them"},
		{"net set " NOWHERE " --loss 5% --correlation 25%", 2,
		 "net set: --correlation: netem's correlation changes the mean loss and delay, so "
		 "what is asked is not what happens; --gemodel says how losses cluster"},
		{"net set " NOWHERE " --loss 5% --gemodel 1%,10%", 2,
		 "net set: random loss and a Gilbert-Elliott chain together: choose one"},
		{"net set " NOWHERE " --gemodel 1%", 2,
		 "--gemodel '1%': say P,R or P,R,BAD,GOOD, for example '1%,10%,70%,0.1%'"},
		{"net set " NOWHERE " --gemodel 1%,2%,3%,4%,5%", 2,
		 "--gemodel '1%,2%,3%,4%,5%': say P,R or P,R,BAD,GOOD, for example "
		 "'1%,10%,70%,0.1%'"},
		{"net set " NOWHERE " --gemodel 1%,x", 2,
		 "--gemodel '1%,x': 'x' is not a percentage; say for example '5 %'"},
		{"net set " NOWHERE " --delay 5ms --jitter 1ms --dist gauss", 2,
		 "--dist 'gauss': say uniform, normal or pareto"},
		{"net set " NOWHERE " --rate 1Mbit --overhead x", 2,
		 "--overhead 'x': say bytes, for example '24'"},
		{"net set " NOWHERE " --limit 0", 2,
		 "net set: --limit 0: a queue without room loses everything; for an outage say "
		 "--loss 100%"},
		{"net set " NOWHERE " --blackhole-after 5", 2,
		 "--blackhole-after '5': a bare number; say for example '46 KiB'"},
		{"net set " NOWHERE " --blackhole-after 0B", 2,
		 "net set: --blackhole-after: 1 B to 4 GiB; for an outage from now on say --loss "
		 "100%"},
		{"net set " NOWHERE " --mtu 67", 2, "net set: --mtu: an MTU is 68 to 65535 bytes"},
		{"net set " NOWHERE " --mtu 0 --loss 5%", 2,
		 "net set: --mtu: an MTU is 68 to 65535 bytes"},
		{"net set " NOWHERE " --mtu 1280", 3,
		 "no interface '" NOWHERE "' in this network namespace; 'ip link' lists them"},
		{"net set " NOWHERE " --loss 5% --direction sideways", 2,
		 "--direction 'sideways': say down (towards the target), up or both"},
		{"net set " NOWHERE " --loss 5% --peer host", 2,
		 "net set: peer 'host': not an IP address; say for example '192.0.2.7', "
		 "'192.0.2.7:1337/udp' or '[2001:db8::7]:80/tcp'"},
		{"net set " NOWHERE " --outage 2s", 2,
		 "net set: --outage and --every go together: so long, at the end of each so long"},
		{"net set " NOWHERE " --every 2s --loss 1%", 2,
		 "net set: --outage and --every go together: so long, at the end of each so long"},
		{"net set " NOWHERE " --outage 2s --every 2s --for 1min", 2,
		 "net set: --outage is not shorter than --every: for one outage say --loss 100% "
		 "--for TIME"},
		{"net set " NOWHERE " --outage 2s --every 10s", 2,
		 "net set: --outage needs --for: somebody has to end it"},
		{"net set " NOWHERE " --los 5%", 2,
		 "unknown option '--los' (did you mean '--loss'?)"},
		{"net set " NOWHERE " --loss 5%", 3,
		 "no interface '" NOWHERE "' in this network namespace; 'ip link' lists them"},
		{"net show " NOWHERE, 3,
		 "no interface '" NOWHERE "' in this network namespace; 'ip link' lists them"},
		{"net clear " NOWHERE, 3,
		 "no interface '" NOWHERE "' in this network namespace; 'ip link' lists them"},
		{"net clear", 2, "net clear: say one interface"},
		{"net profiles gee", 2, "no profile 'gee' (did you mean 'geo'?)"},
		{"net sat", 2,
		 "unknown verb 'sat' (did you mean 'set'?); see 'brownout net --help'"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cli cli = brownout("%s", cases[i].args);
		char expected[512];

		snprintf(expected, sizeof(expected), "brownout: %s\n", cases[i].message);
		cr_expect_eq(cli.code, cases[i].code, "%s: exit %d", cases[i].args, cli.code);
		cr_expect_str_eq(cli.err.data, expected, "%s: %s", cases[i].args, cli.err.data);
		cr_expect_str_eq(cli.out.data, "");
		cli_done(&cli);
	}
}

Test(cli_net, a_dry_run_says_what_would_be_set)
{
	static const struct {
		const char *args, *out;
	} cases[] = {
		{"net set " NOWHERE " --dry-run --profile wifi-lossy --direction down", NOWHERE
		 " down: delay 20 ms, Gilbert-Elliott p 1 % r 10 %, loss 70 % when bad, 0.1 "
		 "% when good, rate 5 Mbit\n"},
		{"net set " NOWHERE " --dry-run --gemodel 1%,10% --direction up --limit 9 --seed 3",
		 NOWHERE " up: Gilbert-Elliott p 1 % r 10 %, loss 100 % when bad, 0 % when good, "
			 "limit 9, seed 3\n"},
		{"net set " NOWHERE " --dry-run --mtu 576", NOWHERE ": MTU 576 bytes\n"},
		{"net set " NOWHERE " --dry-run --mtu 1400 --profile geo --direction up", NOWHERE
		 " up: delay 279 ms, loss 0.1 %, rate 2 Mbit\n" NOWHERE ": MTU 1400 bytes\n"},
		{"net set " NOWHERE
		 " --dry-run --delay 20ms --jitter 5ms --dist pareto --reorder 1% "
		 "--gap 5 --rate 64kbit --overhead -4",
		 NOWHERE
		 " down: delay 20 ms +-5 ms pareto, reorder 1 % of every 5. packet, rate 64 "
		 "kbit with -4 bytes more a packet\n" NOWHERE
		 " up: delay 20 ms +-5 ms pareto, reorder 1 % of every 5. packet, rate 64 "
		 "kbit with -4 bytes more a packet\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cli cli = brownout("%s", cases[i].args);

		cr_expect_eq(cli.code, 0, "%s: %s", cases[i].args, cli.err.data);
		cr_expect_str_eq(cli.out.data, cases[i].out);
		cli_done(&cli);
	}
}

Test(cli_net, a_profile_says_where_it_comes_from_and_what_it_leaves_out)
{
	struct cli cli = brownout("net profiles geo");

	cr_expect_eq(cli.code, 0);
	cr_expect_str_eq(cli.out.data,
			 "geo: geostationary satellite\n"
			 "  down: delay 279 ms, loss 0.1 %, rate 10 Mbit\n"
			 "  up: delay 279 ms, loss 0.1 %, rate 2 Mbit\n"
			 "  source: delay: RFC 2488 section 2, the longest single hop; rate and "
			 "loss: chosen by us\n"
			 "  caveat: no rain, and no proxy that answers TCP before the satellite "
			 "does\n");
	cli_done(&cli);
}
