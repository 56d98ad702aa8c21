#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "harness/engine/injector.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An injector on the virtual clock; its acts end up in `log`. */
struct rig {
	struct bo_clock_virtual clock;
	struct bo_loop loop;
	struct bo_injector injector;
	char log[512];
	bool answer; /* of the last point */
};

static void act(void *ctx, const struct bo_fault *fault, bo_ns due)
{
	struct rig *rig = ctx;
	struct bo_buf text = {0};
	size_t len = strlen(rig->log);

	bo_point_format(fault, &text);
	snprintf(rig->log + len, sizeof(rig->log) - len, "%s at %lld due %lld; ", text.data,
		 (long long)bo_loop_now(&rig->loop), (long long)due);
	bo_buf_done(&text);
}

static void set_up(struct rig *rig, const char *faults)
{
	struct bo_schedule schedule;
	struct bo_err err = {0};

	*rig = (struct rig){0};
	cr_assert_eq(bo_schedule_parse(faults, &schedule, &err), 0, "%s", bo_err_text(&err));
	bo_clock_virtual_init(&rig->clock);
	bo_loop_init(&rig->loop, &rig->clock.clock);
	bo_injector_init(&rig->injector, &rig->loop, &schedule);
	rig->injector.act = act;
	rig->injector.ctx = rig;
}

static void pass(struct rig *rig, const char *name, uint64_t value)
{
	rig->answer = bo_injector_point(&rig->injector, name, value, bo_loop_now(&rig->loop));
}

/* One step of a script: "boot 2" passes a point, "10" lets so many nanoseconds go by. */
static void step(struct rig *rig, const char *text)
{
	char name[BO_POINT_NAME_MAX];
	unsigned long long value;

	if (strcmp(text, "start") == 0)
		bo_injector_start(&rig->injector);
	else if (strcmp(text, "stop") == 0)
		bo_injector_stop(&rig->injector);
	else if (sscanf(text, "%47[a-z.-] %llu", name, &value) == 2)
		pass(rig, name, value);
	else if (sscanf(text, "%llu", &value) == 1)
		cr_assert_eq(
			bo_loop_sleep_until(&rig->loop, bo_loop_now(&rig->loop) + (bo_ns)value), 0);
	else
		cr_assert_fail("script: %s", text);
}

static void play(struct rig *rig, const char *script)
{
	char text[256];

	(void)bo_str_copy(text, sizeof(text), script);
	for (char *at = strtok(text, ";"); at; at = strtok(NULL, ";"))
		step(rig, at + strspn(at, " "));
}

Test(injector, faults_fire_where_and_when_they_should)
{
	static const struct {
		const char *what, *faults, *script, *log;
	} cases[] = {
		{"at its point, at once", "boot.2=cut:off-1s", "start; boot 1; 5; boot 2",
		 "boot.2 at 5 due 5; "},
		{"after its delay", "boot.1+7ns=cut:off-1s", "start; 3; boot 1; 20",
		 "boot.1 at 10 due 10; "},
		{"not before its delay is over", "boot.1+7ns=cut:off-1s", "start; boot 1; 6", ""},
		{"once only", "boot.2=cut:off-1s", "start; boot 2; 1; boot 2; boot 3",
		 "boot.2 at 0 due 0; "},
		{"once only, while its delay runs", "boot.2+5ns=cut:off-1s",
		 "start; boot 2; 1; boot 2; boot 3; 20", "boot.2 at 5 due 5; "},
		{"the first value that reaches a threshold", "smp.byte.8192=cut:off-1s",
		 "start; smp.byte 8191; 1; smp.byte 8592; 1; smp.byte 9000",
		 "smp.byte.8192 at 1 due 1; "},
		{"another point is none of its business", "boot.1=cut:off-1s",
		 "start; power-on 1; smp.byte 100; swap 1", ""},
		{"a name that only begins alike", "smp.byte.1=cut:off-1s",
		 "start; smp.bytes 1; smp 1", ""},
		{"not before it is armed", "boot.1=cut:off-1s", "boot 1; 5; start; 5", ""},
		{"not after it was stopped", "boot.1=cut:off-1s", "start; stop; boot 1; 5", ""},
		{"a delay that runs is dropped by a stop", "boot.1+5ns=cut:off-1s",
		 "start; boot 1; 2; stop; 20", ""},
		{"in the schedule's order", "boot.1=cut:off-1s,boot.2=cut:off-1s",
		 "start; boot 1; 3; boot 2", "boot.1 at 0 due 0; boot.2 at 3 due 3; "},
		{"the second waits for the first", "swap.1=cut:off-1s,boot.1=cut:off-1s",
		 "start; boot 1; 1; swap 1; 1; boot 2", "swap.1 at 1 due 1; boot.1 at 2 due 2; "},
		{"the second waits for the first's delay",
		 "boot.1+5ns=cut:off-1s,boot.2=cut:off-1s",
		 "start; boot 1; 1; boot 2; 10; boot 3; 1",
		 "boot.1 at 5 due 5; boot.2 at 11 due 11; "},
		{"two faults at one point need two occurrences",
		 "boot.1=cut:off-1s,boot.1=cut:off-1s", "start; boot 1; 2; boot 2",
		 "boot.1 at 0 due 0; boot.1 at 2 due 2; "},
		{"in its boot only, and counted from there", "b2.swap.2=cut:off-1s",
		 "start; boot 1; swap 1; swap 2; swap 3; boot 2; swap 4; 1; swap 5; swap 6",
		 "b2.swap.2 at 1 due 1; "},
		{"not in a boot after it", "b2.swap.1=cut:off-1s", "start; boot 1; boot 3; swap 1",
		 ""},
		{"a boot's own beginning is in it", "b2.boot.1=cut:off-1s,b3.power-on.1=cut:off-1s",
		 "start; boot 1; power-on 1; 1; boot 2; boot 3; 1; power-on 2",
		 "b2.boot.1 at 1 due 1; b3.power-on at 2 due 2; "},
		{"bytes of a transfer that goes on count from its beginning",
		 "b2.smp.byte.500=cut:off-1s",
		 "start; boot 1; smp.byte 400; boot 2; smp.byte 450; 1; smp.byte 520",
		 "b2.smp.byte.500 at 1 due 1; "},
		{"a fault of a boot counts while another one is still waited for",
		 "boot.2+2ns=cut:off-1s,b3.op.3=cut:off-1s",
		 "start; boot 1; op 7; boot 2; 5; op 9; boot 3; op 10; op 11; 1; op 12; op 13",
		 "boot.2 at 2 due 2; b3.op.3 at 6 due 6; "},
		{"after another point, and counted from there", "swap.2:op.3=cut:off-1s",
		 "start; op 5; swap 1; op 9; swap 2; op 10; 1; op 11; 1; op 12; op 13",
		 "swap.2:op.3 at 2 due 2; "},
		{"not before that one, whatever the counter says", "swap.1:op.2=cut:off-1s",
		 "start; op 1; op 2; op 3", ""},
		{"bytes after another point are those of the transfer",
		 "phase.two:smp.byte.500=cut:off-1s",
		 "start; phase.two 1; smp.byte 400; 2; smp.byte 550",
		 "phase.two:smp.byte.500 at 2 due 2; "},
		{"after itself is the next one", "swap.1:swap.1+2ns=cut:off-1s",
		 "start; swap 1; 5; swap 2; 5", "swap.1:swap.1 at 7 due 7; "},
		{"after a point of a boot, counted in it", "b2.swap.1:op.1=cut:off-1s",
		 "start; boot 1; swap 1; op 1; boot 2; op 2; swap 2; 1; op 3",
		 "b2.swap.1:op.1 at 1 due 1; "},
		{"within its time", "swap.1:within-5ns:op.1=cut:off-1s", "start; swap 1; 5; op 1",
		 "swap.1:within-5ns:op.1 at 5 due 5; "},
		{"not after its time", "swap.1:within-5ns:op.1=cut:off-1s",
		 "start; swap 1; 6; op 1; op 2", ""},
		{"each fault waits for its own first point",
		 "swap.1:op.1=cut:off-1s,swap.1:op.1=cut:off-1s",
		 "start; swap 1; op 1; 1; op 2; 1; swap 2; 1; op 3",
		 "swap.1:op.1 at 0 due 0; swap.1:op.1 at 3 due 3; "},
		{"no fault, no act", "none", "start; boot 1; power-on 1; 5", ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig rig;

		set_up(&rig, cases[i].faults);
		play(&rig, cases[i].script);
		cr_expect_str_eq(rig.log, cases[i].log, "%s", cases[i].what);
		bo_injector_stop(&rig.injector);
	}
}

Test(injector, the_answer_says_whether_a_fault_waited_for_exactly_this)
{
	struct rig rig;

	set_up(&rig, "smp.byte.10+5ns=cut:off-1s,boot.1=cut:off-1s");
	play(&rig, "smp.byte 50");
	cr_expect_not(rig.answer, "not started");
	play(&rig, "start; smp.byte 9");
	cr_expect_not(rig.answer, "below the threshold");
	play(&rig, "smp.byte 10");
	cr_expect(rig.answer);
	play(&rig, "smp.byte 11");
	cr_expect_not(rig.answer, "taken already");
	play(&rig, "10; boot 1");
	cr_expect(rig.answer);
	play(&rig, "boot 2");
	cr_expect_not(rig.answer, "all done");
}

Test(injector, what_still_waits_is_known_to_the_end)
{
	struct rig rig;

	set_up(&rig, "smp.byte.100+5ns=cut:off-1s,boot.3=cut:off-1s");
	play(&rig, "start; smp.byte 40; smp.byte 70; smp.byte 60; boot 9");
	cr_expect_eq(rig.injector.saw_max, 70);
	cr_expect_str_eq(bo_injector_waiting(&rig.injector)->point, "smp.byte");
	play(&rig, "smp.byte 101; 5; boot 2");
	cr_expect_str_eq(bo_injector_waiting(&rig.injector)->point, "boot");
	cr_expect_eq(rig.injector.saw_max, 2, "counted anew for each fault");
	play(&rig, "stop");
	cr_expect_not_null(bo_injector_waiting(&rig.injector));
	cr_expect_not(rig.injector.pending, "its point was not passed");
	set_up(&rig, "boot.1+5ns=cut:off-1s");
	play(&rig, "start; boot 1; 4; stop");
	cr_expect_not_null(bo_injector_waiting(&rig.injector));
	cr_expect(rig.injector.pending, "passed, but the delay was not over");
	set_up(&rig, "boot.1=cut:off-1s");
	play(&rig, "start; boot 1");
	cr_expect_null(bo_injector_waiting(&rig.injector));
}
