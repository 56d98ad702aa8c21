#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/network.h"

/* What faults do to the link and the console, as it stands in ids. */

#define WHICH                                                                              \
	" does not say which frames: nothing for this one, x5 for five from this one on, " \
	"200000ppm for a share of all from this one on, 200000ppm:x50 for a share of fifty"
#define NET                                                                                 \
	" is nothing that becomes of a link; known: net:down:5s, net:flap:1s:every-3s:x4, " \
	"net:blackhole, net:loss-200000ppm, net:delay-300ms, net:rate-20kbit, "             \
	"net:profile-2g-rural"
#define SHARE	     " is no share of the packets, 1 to 1000000 ppm, for example net:loss-200000ppm"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool same_fault(const struct bo_fault *a, const struct bo_fault *b)
{
	return a->boot == b->boot && strcmp(a->point, b->point) == 0 && a->n == b->n &&
	       a->delay_ns == b->delay_ns && a->action == b->action && a->times == b->times &&
	       a->for_ns == b->for_ns && a->share_ppm == b->share_ppm && a->bytes == b->bytes &&
	       a->reset == b->reset && a->net == b->net && a->net_value == b->net_value &&
	       a->every_ns == b->every_ns;
}

Test(action, frames_and_the_console_are_struck_as_an_id_says)
{
	static const struct {
		const char *text;
		struct bo_fault fault;
	} cases[] = {
		{"smp.frame.12=drop",
		 {.point = "smp.frame", .n = 12, .action = BO_ACTION_DROP, .times = 1}},
		{"b2.smp.reply.7=corrupt:x5",
		 {.boot = 2,
		  .point = "smp.reply",
		  .n = 7,
		  .action = BO_ACTION_CORRUPT,
		  .times = 5}},
		{"smp.frame.1=duplicate:200000ppm",
		 {.point = "smp.frame",
		  .n = 1,
		  .action = BO_ACTION_DUPLICATE,
		  .share_ppm = 200000}},
		{"smp.frame.1=reorder:1ppm:x1",
		 {.point = "smp.frame",
		  .n = 1,
		  .action = BO_ACTION_REORDER,
		  .share_ppm = 1,
		  .times = 1}},
		{"smp.reply.3=delay:50ms:500000ppm:x1000000",
		 {.point = "smp.reply",
		  .n = 3,
		  .action = BO_ACTION_DELAY,
		  .for_ns = 50 * BO_MS,
		  .share_ppm = 500000,
		  .times = 1000000}},
		{"boot.1+1ms=break:20ms",
		 {.point = "boot",
		  .n = 1,
		  .delay_ns = BO_MS,
		  .action = BO_ACTION_BREAK,
		  .for_ns = 20 * BO_MS}},
		{"smp.byte.1=silence:1s",
		 {.point = "smp.byte", .n = 1, .action = BO_ACTION_SILENCE, .for_ns = BO_S}},
		{"b2.smp.byte.4096+1ms=reset:probe",
		 {.boot = 2,
		  .point = "smp.byte",
		  .n = 4096,
		  .delay_ns = BO_MS,
		  .action = BO_ACTION_RESET,
		  .reset = BO_RESET_PROBE}},
		{"boot.2=reset:pin:10ms",
		 {.point = "boot",
		  .n = 2,
		  .action = BO_ACTION_RESET,
		  .reset = BO_RESET_PIN,
		  .for_ns = 10 * BO_MS}},
		{"smp.at.40pct=net:down:5s",
		 {.point = "smp.at",
		  .n = 40,
		  .action = BO_ACTION_NET,
		  .net = BO_NET_ACT_DOWN,
		  .for_ns = 5 * BO_S}},
		{"b2.boot.1+1ms=net:flap:1s:every-3s:x4",
		 {.boot = 2,
		  .point = "boot",
		  .n = 1,
		  .delay_ns = BO_MS,
		  .action = BO_ACTION_NET,
		  .net = BO_NET_ACT_FLAP,
		  .for_ns = BO_S,
		  .every_ns = 3 * BO_S,
		  .times = 4}},
		{"smp.byte.8192=net:blackhole",
		 {.point = "smp.byte",
		  .n = 8192,
		  .action = BO_ACTION_NET,
		  .net = BO_NET_ACT_BLACKHOLE}},
		{"boot.1=net:loss-200000ppm",
		 {.point = "boot",
		  .n = 1,
		  .action = BO_ACTION_NET,
		  .net = BO_NET_ACT_LOSS,
		  .net_value = 200000}},
		{"boot.1=net:delay-300ms:for-5s",
		 {.point = "boot",
		  .n = 1,
		  .action = BO_ACTION_NET,
		  .net = BO_NET_ACT_DELAY,
		  .net_value = 300 * BO_MS,
		  .for_ns = 5 * BO_S}},
		{"boot.1=net:rate-20kbit",
		 {.point = "boot",
		  .n = 1,
		  .action = BO_ACTION_NET,
		  .net = BO_NET_ACT_RATE,
		  .net_value = 20000}},
		{"boot.1=net:profile-2g-rural:for-1min",
		 {.point = "boot",
		  .n = 1,
		  .action = BO_ACTION_NET,
		  .net = BO_NET_ACT_PROFILE,
		  .net_value = 1,
		  .for_ns = 60 * BO_S}},
		{"smp.frame.2+3us=garbage:4096B",
		 {.point = "smp.frame",
		  .n = 2,
		  .delay_ns = 3 * BO_US,
		  .action = BO_ACTION_GARBAGE,
		  .bytes = 4096}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_fault fault;
		struct bo_err err = {0};
		struct bo_buf text = {0};

		cr_assert_eq(bo_fault_parse(cases[i].text, &fault, &err), 0, "%s: %s",
			     cases[i].text, bo_err_text(&err));
		cr_expect(same_fault(&fault, &cases[i].fault), "%s", cases[i].text);
		bo_fault_format(&fault, &text);
		cr_expect_str_eq(text.data, cases[i].text);
		bo_buf_done(&text);
	}
}

Test(action, a_refused_one_says_what_is_wrong_with_it)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"smp.frame.1=drop:x0", "':x0'" WHICH},
		{"smp.frame.1=drop:x1", "':x1'" WHICH},
		{"smp.frame.1=drop:x1000001", "':x1000001'" WHICH},
		{"smp.frame.1=drop:0ppm", "':0ppm'" WHICH},
		{"smp.frame.1=drop:1000001ppm", "':1000001ppm'" WHICH},
		{"smp.frame.1=drop:20pct", "':20pct'" WHICH},
		{"smp.frame.1=drop:", "':'" WHICH},
		{"smp.frame.1=drop:x2:200000ppm", "':200000ppm'" WHICH},
		{"smp.frame.1=corrupt:x2:x3", "':x3'" WHICH},
		{"smp.frame.1=delay", "it does not say for how long, for example ':50ms'"},
		{"smp.frame.1=delay:0ms", "a duration of nothing; say for example ':50ms'"},
		{"smp.frame.1=delay:x2", "duration 'x2': not a duration; say for example '250 ms'"},
		{"smp.byte.1=drop",
		 "what is done to a frame is done at smp.frame.N (to the target) "
		 "or smp.reply.N (from it), not at smp.byte"},
		{"smp.frame.1+1ms=drop",
		 "the frame would be gone: no delay before what is done to it"},
		{"boot.1=break", "it does not say for how long, for example ':50ms'"},
		{"boot.1=silence:1s:x2", "unexpected ':x2' behind the duration"},
		{"boot.1=reset", "a reset says who does it: reset:probe, or reset:pin:10ms"},
		{"boot.1=reset:me", "a reset says who does it: reset:probe, or reset:pin:10ms"},
		{"boot.1=reset:probe:1s",
		 "a reset says who does it: reset:probe, or reset:pin:10ms"},
		{"boot.1=reset:pin", "it does not say for how long, for example ':50ms'"},
		{"boot.1=net", "''" NET},
		{"boot.1=net:", "':'" NET},
		{"boot.1=net:downer:5s", "':downer:5s'" NET},
		{"boot.1=net:down", "an outage says how long it lasts, for example net:down:5s"},
		{"boot.1=net:down:0s", "duration '0s': some time must pass"},
		{"boot.1=net:flap:1s",
		 "':1s' is no series of 2 to 10000 outages, for example net:flap:1s:every-3s:x4"},
		{"boot.1=net:flap:1s:every-3s:x1", "':1s:every-3s:x1' is no series of 2 to 10000 "
						   "outages, for example net:flap:1s:every-3s:x4"},
		{"boot.1=net:flap:3s:every-3s:x2",
		 "each outage must be over before the next one begins"},
		{"boot.1=net:flap:0s:every-3s:x2", "an outage of no length is none"},
		{"boot.1=net:blackhole:5s",
		 "unexpected ':5s': nobody ends a blackhole; net:down:5s "
		 "is an outage of that time"},
		{"boot.1=net:loss-20pct", "'20pct'" SHARE},
		{"boot.1=net:loss-0ppm", "'0ppm'" SHARE},
		{"boot.1=net:loss-1000001ppm", "'1000001ppm'" SHARE},
		{"boot.1=net:loss-1ppm:5s", "':5s' is no time such as ':for-5s'"},
		{"boot.1=net:delay-11min", "delay '11min': more than nothing, at most 10 min"},
		{"boot.1=net:rate-9bit", "rate '9bit': whole bytes a second are counted; say a "
					 "multiple of 8 bit"},
		{"boot.1=net:rate-20kb",
		 "rate '20kb': unknown unit; expected one of bit kbit Mbit Gbit, for "
		 "example '64 kbit'"},
		{"boot.1=net:profile-2g", "no profile '2g' (did you mean '3g'?)"},
		{"boot.1=garbage", "garbage says how many bytes, 1 to 4096, for example "
				   "garbage:64B"},
		{"boot.1=garbage:0B", "garbage says how many bytes, 1 to 4096, for example "
				      "garbage:64B"},
		{"boot.1=garbage:4097B", "garbage says how many bytes, 1 to 4096, for example "
					 "garbage:64B"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_fault fault = {.n = 77};
		struct bo_err err = {0};

		cr_expect_eq(bo_fault_parse(cases[i].text, &fault, &err), -EINVAL, "%s",
			     cases[i].text);
		cr_expect_str_eq(err.text, cases[i].why, "%s", cases[i].text);
		cr_expect_eq(fault.n, 77, "%s touched its output", cases[i].text);
	}
}

Test(action, what_becomes_of_a_link_keeps_what_it_does_not_speak_of)
{
	static const struct bo_netem was = {.delay_ns = 20 * BO_MS,
					    .jitter_ns = 10 * BO_MS,
					    .chain = {10000, 100000, 700000, 1000},
					    .duplicate_ppm = 5000,
					    .rate_Bps = 8000};
	static const struct {
		const char *act, *text;
	} cases[] = {
		{"net:down:1s", "delay 20 ms +-10 ms, loss 100 %, rate 64 kbit"},
		{"net:blackhole", "delay 20 ms +-10 ms, loss 100 %, rate 64 kbit"},
		{"net:loss-500ppm",
		 "delay 20 ms +-10 ms, loss 0.05 %, duplicate 0.5 %, rate 64 kbit"},
		{"net:delay-5ms", "delay 5 ms +-5 ms, Gilbert-Elliott p 1 % r 10 %, loss 70 % when "
				  "bad, 0.1 % when good, duplicate 0.5 %, rate 64 kbit"},
		{"net:rate-8bit", "delay 20 ms +-10 ms, Gilbert-Elliott p 1 % r 10 %, loss 70 % "
				  "when bad, 0.1 % when good, duplicate 0.5 %, rate 8 bit"},
		{"net:profile-gprs", "delay 250 ms, loss 2 %, rate 50 kbit"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_netem down = was, up = was;
		struct bo_fault fault = {0};
		struct bo_buf text = {0};
		struct bo_err err = {0};

		cr_assert_eq(bo_action_parse(cases[i].act, &fault, &err), 0, "%s", err.text);
		bo_network_strike(&fault, &down, &up);
		cr_expect_eq(bo_netem_check(&down, &err), 0, "%s: %s", cases[i].act, err.text);
		bo_netem_text(&down, &text);
		cr_expect_str_eq(text.data, cases[i].text, "%s", cases[i].act);
		bo_buf_done(&text);
	}
}
