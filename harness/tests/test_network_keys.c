#include <criterion/criterion.h>
#include <string.h>

#include "harness/model/scenario.h"
#include "harness/tests/written_file.h"

/* The key `network` of a scenario. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD                                                                                 \
	"brownout: 1\nscenario: t\ntargets: [f103-net]\nbaseline: {slot0: {image: a.bin}}\n" \
	"update: {image: b.bin}\npromises: {outcome: updated}\n"
#define FIRST_LINE 7 /* of what follows */

static int read_cell(const char *rest, const char *cell, struct bo_conf **conf,
		     struct bo_scenario **ret, struct bo_buf *report)
{
	struct bo_buf text = {0};

	bo_buf_printf(&text, HEAD "%s", rest);
	struct written file = written(text.data);
	int rc = bo_scenario_read_cell(file.path, cell, conf, ret, report);

	bo_buf_done(&text);
	written_done(&file);
	return rc;
}

static void expect_link(const char *rest, const char *cell, const char *down, const char *up)
{
	struct bo_scenario *scenario;
	struct bo_conf *conf;
	struct bo_buf report = {0}, text = {0};

	cr_assert_eq(read_cell(rest, cell, &conf, &scenario, &report), 0, "%s", report.data);
	cr_expect(scenario->has_network, "%s", rest);
	bo_netem_text(&scenario->down, &text);
	cr_expect_str_eq(text.data, down, "%s", rest);
	bo_buf_reset(&text);
	bo_netem_text(&scenario->up, &text);
	cr_expect_str_eq(text.data, up, "%s", rest);
	bo_buf_done(&text);
	bo_buf_done(&report);
	bo_conf_free(conf);
}

Test(network_keys, a_link_is_a_profile_or_what_its_ways_say)
{
	static const struct {
		const char *text, *down, *up;
	} cases[] = {
		{"network: {profile: 2g-rural}\n", "delay 650 ms, loss 2 %, rate 20 kbit",
		 "delay 650 ms, loss 2 %, rate 18 kbit"},
		{"network: {both: {loss: 0.1 %}}\n", "loss 0.1 %", "loss 0.1 %"},
		{"network: {up: {chain: {p: 1 %, r: 10 %}}}\n", "nothing",
		 "Gilbert-Elliott p 1 % r 10 %, loss 100 % when bad, 0 % when good"},
		{"network:\n  down: {delay: 100 ms, jitter: 10 ms, distribution: normal, rate: 64 "
		 "kbit, overhead: -8, limit: 20}\n  up: {duplicate: 1 %, corrupt: 2 %, delay: 1 "
		 "ms, "
		 "reorder: 25 %, gap: 5, seed: 7}\n",
		 "delay 100 ms +-10 ms normal, rate 64 kbit with -8 bytes more a packet, limit 20",
		 "delay 1 ms, duplicate 1 %, corrupt 2 %, reorder 25 % of every 5. packet, seed 7"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect_link(cases[i].text, NULL, cases[i].down, cases[i].up);
}

Test(network_keys, a_matrix_goes_over_profiles_and_losses)
{
	static const char *const profiles =
		"network: {profile: \"{link}\"}\nparameters: {link: {values: [gprs, geo]}}\n";
	static const char *const losses =
		"network: {both: {loss: \"{loss}\"}}\nparameters: {loss: {values: [0ppm, "
		"200000ppm]}}\n";

	expect_link(profiles, "link=geo", "delay 279 ms, loss 0.1 %, rate 10 Mbit",
		    "delay 279 ms, loss 0.1 %, rate 2 Mbit");
	expect_link(losses, "loss=200000ppm", "loss 20 %", "loss 20 %");
}

Test(network_keys, what_makes_no_sense_is_named_at_its_place)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *why;
	} cases[] = {
		{"network: {}\n", 0,
		 "say what the link is like: 'profile', 'both', 'down' or 'up'"},
		{"network:\n  profile: geo\n  both: {loss: 1 %}\n", 1,
		 "a profile and explicit values together: choose one; 'brownout net profiles' "
		 "prints a profile's values"},
		{"explore: {boot-time: 9 s}\nnetwork: {profile: geo}\n", 1,
		 "an exploration impairs no link: no 'network' in its scenario"},
		{"network:\n  profile: gpsr\n", 1,
		 "no profile 'gpsr' (did you mean 'gprs'?); 'brownout net profiles' lists them"},
		{"network:\n  both: {loss: 1 %}\n  up: {loss: 2 %}\n", 1,
		 "either 'both' or 'down' and 'up'"},
		{"network:\n  both:\n    loss: 101 %\n", 2,
		 "'loss' must be 0 % to 100 %, found '101 %'"},
		{"network:\n  both:\n    delay: 5 apples\n", 2,
		 "'delay': unknown unit; expected one of ns us ms s min h, for example "
		 "'250 ms'"},
		{"network:\n  both:\n    rate: 20 kb\n", 2,
		 "'rate': unknown unit; expected one of bit kbit Mbit Gbit, for example "
		 "'64 kbit'"},
		{"network:\n  both:\n    rate: 9 bit\n", 2,
		 "whole bytes a second are counted; say a multiple of 8 bit"},
		{"network:\n  both:\n    correlation: 25 %\n", 2,
		 "netem's correlation changes the mean loss and delay, so what is asked is not "
		 "what happens; 'chain' says how losses cluster"},
		{"network:\n  down: {loss: 1 %, chain: {p: 1 %, r: 5 %}}\n", 1,
		 "random loss and a Gilbert-Elliott chain together: choose one"},
		{"network:\n  up: {jitter: 1 ms}\n", 1,
		 "jitter without a delay: nothing arrives before it was sent"},
		{"network:\n  up: {distribution: gauss}\n", 1,
		 "'distribution' must be one of uniform, normal, pareto, found 'gauss'"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_scenario *scenario;
		struct bo_conf *conf;
		struct bo_buf report = {0};

		cr_assert_lt(read_cell(cases[i].text, NULL, &conf, &scenario, &report), 0, "%s",
			     cases[i].text);
		expect_complaint(&report, FIRST_LINE + cases[i].line, cases[i].why);
		bo_buf_done(&report);
	}
}
