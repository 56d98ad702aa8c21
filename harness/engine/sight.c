#include "harness/engine/sight.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/engine/bench.h"
#include "harness/engine/promises.h"
#include "harness/engine/sight_parts.h"
#include "harness/model/witness.h"

static const struct {
	unsigned eye;
	const char *name, *remedy;
} eyes[] = {
	{EYE_ADAPTER, "the adapter itself", ""},
	{EYE_LINE, "a console",
	 "wire the serial line that carries ready line and update, and name it under 'consoles'"},
	{EYE_BOOTS, "a line at each boot",
	 "let the boot loader announce itself, and name the line in the class: 'console.boot'"},
	{EYE_CAUSES, "a reset cause at each boot",
	 "let the boot loader announce it, as {cause} of the class's 'console.boot'"},
	{EYE_WATCHDOG, "a reset cause that tells the watchdog",
	 "name it in the class: 'reset-causes: {watchdog: [...]}'"},
	{EYE_FIRST_WORDS, "a console that hears the first word",
	 "use an adapter that keeps its power when the target loses its own"},
	{EYE_OFF, "a witness that power was off",
	 "wire a sense input to the target's rail ('sense:' of its power), or let the boot loader "
	 "announce its reset cause ('power-causes' of the class)"},
	{EYE_INPUT, "an input at that pin",
	 "wire the pin, and name it under 'inputs' of the bench"},
	{EYE_PROBE, "a probe that reads flash",
	 "wire a debug probe, and name it under 'probe' of a bench that is not 'production'"},
	{EYE_ANY_PROBE, "a debug probe",
	 "wire one, and name it under 'probe' of a bench with 'production: yes'"},
	{EYE_LOCK, "a probe at a production board",
	 "wire a debug probe, and name it under 'probe' of a bench with 'production: yes'"},
	{EYE_FLASH_OPS, "the virtual board", "use a bench with 'driver: sim'"},
};

#define EYES (sizeof(eyes) / sizeof(eyes[0]))

const struct sight_need sight_promises[] = {
	{"outcome", EYE_LINE, 0, EYE_PROBE,
	 "a wrong image that says it is the right one is taken for it, and a brick stays "
	 "unresolved"},
	{"steps", 0, 0, 0, NULL},
	{"then", EYE_LINE, 0, 0, NULL},
	{"resumes", EYE_LINE, 0, 0, NULL},
	{"boots-at-most", EYE_LINE, EYE_BOOTS | EYE_FIRST_WORDS, 0, NULL},
	{"ready-within", EYE_LINE, 0, 0, NULL},
	{"reports-truth", EYE_LINE, EYE_PROBE, 0, NULL},
	{"causes", EYE_CAUSES, 0, EYE_FIRST_WORDS, "a cause may have gone unheard"},
	{"watchdog", EYE_CAUSES | EYE_WATCHDOG, 0, EYE_FIRST_WORDS,
	 "it may have fired without a word"},
	{"kept", EYE_PROBE, 0, 0, NULL},
	{"untouched-outside", EYE_PROBE, 0, 0, NULL},
	{"never-high", EYE_INPUT, 0, 0, NULL},
	{"unavailable", EYE_LINE, 0, EYE_FIRST_WORDS,
	 "a gap in which the console was away proves nothing"},
	{"window", EYE_LINE, 0, EYE_FIRST_WORDS, "its end may have gone unheard"},
	{"locked", EYE_ANY_PROBE, EYE_LOCK, 0, NULL},
	{"oracles", 0, 0, 0, NULL}, /* each says itself what it could not see */
	{NULL, 0, 0, 0, NULL},
};

const struct sight_need sight_actions[BO_ACTION_COUNT] = {
	[BO_ACTION_CUT] = {"cut", EYE_OFF, 0, 0, NULL},
	[BO_ACTION_DIP] = {"dip", EYE_ADAPTER, 0, 0, NULL},
	[BO_ACTION_DROP] = {"drop", EYE_LINE, 0, 0, NULL},
	[BO_ACTION_DUPLICATE] = {"duplicate", EYE_LINE, 0, 0, NULL},
	[BO_ACTION_DELAY] = {"delay", EYE_LINE, 0, 0, NULL},
	[BO_ACTION_CORRUPT] = {"corrupt", EYE_LINE, 0, 0, NULL},
	[BO_ACTION_REORDER] = {"reorder", EYE_LINE, 0, 0, NULL},
	[BO_ACTION_BREAK] = {"break", EYE_ADAPTER, 0, 0, NULL},
	[BO_ACTION_GARBAGE] = {"garbage", EYE_ADAPTER, 0, 0, NULL},
	[BO_ACTION_SILENCE] = {"silence", EYE_ADAPTER, 0, 0, NULL},
	[BO_ACTION_RESET] = {"reset", EYE_LINE | EYE_BOOTS, 0, EYE_CAUSES,
			     "any boot that nobody asked for is believed"},
	[BO_ACTION_NET] = {"net", EYE_ADAPTER, 0, 0, NULL},
};

/* By how they begin; what else there is the scenario has named, and the console says it. */
const struct sight_need sight_points[] = {
	{"smp.", EYE_LINE, 0, 0, NULL},
	{"boot", EYE_ADAPTER, 0, EYE_BOOTS, "only boots that we cause are counted"},
	{"power-on", EYE_ADAPTER, 0, 0, NULL},
	{"phase.", EYE_ADAPTER, 0, 0, NULL},
	{"flash.op", EYE_FLASH_OPS, 0, 0, NULL},
	{"pin.", EYE_INPUT, 0, 0, NULL},
	{NULL, 0, 0, 0, NULL},
};
static const struct sight_need of_a_named_point = {"", EYE_LINE, 0, 0, NULL};

/* ---- what a bench has ---- */

static bool announces(const struct bo_target *target, const char *what)
{
	return !target || (target->console.boot && strstr(target->console.boot, what));
}

static bool relies_on(const struct bo_rack_bench *bench, enum bo_witness witness)
{
	unsigned weak = 1u << BO_WITNESS_UNSCHEDULED_BOOT;

	return ((bench->off_proof ? bench->off_proof : ~weak) >> witness) & 1u;
}

static bool sees_off(const struct bo_rack_bench *bench, const struct bo_target *target,
		     unsigned caps, unsigned has)
{
	if ((caps & BO_CAP_SENSE) && relies_on(bench, BO_WITNESS_SENSE))
		return true;
	if (!(has & EYE_BOOTS))
		return false;
	if (relies_on(bench, BO_WITNESS_RESET_CAUSE) && announces(target, "{cause}") &&
	    (!target || target->power_causes.count > 0))
		return true;
	if (relies_on(bench, BO_WITNESS_RAM_CANARY) && announces(target, "{ram}") &&
	    (!target || target->ram_lost.count > 0))
		return true;
	return relies_on(bench, BO_WITNESS_UNSCHEDULED_BOOT);
}

static unsigned look(const struct bo_rack_bench *bench, const struct bo_target *target)
{
	static const struct {
		unsigned cap, eye;
	} by_cap[] = {{BO_CAP_FIRST_WORDS, EYE_FIRST_WORDS},
		      {BO_CAP_INPUTS, EYE_INPUT},
		      {BO_CAP_START_STATE, EYE_PROBE},
		      {BO_CAP_LOCK, EYE_LOCK},
		      {BO_CAP_FLASH_OPS, EYE_FLASH_OPS}};
	unsigned caps = bo_bench_caps(bench), has = EYE_ADAPTER;
	bool line = bo_rack_part(bench, BO_ROLE_CONSOLE);

	for (size_t i = 0; i < sizeof(by_cap) / sizeof(by_cap[0]); i++)
		has |= caps & by_cap[i].cap ? by_cap[i].eye : 0;
	has |= has & (EYE_PROBE | EYE_LOCK) ? EYE_ANY_PROBE : 0;
	has |= line ? EYE_LINE : 0;
	has |= line && announces(target, "") ? EYE_BOOTS : 0;
	has |= line && announces(target, "{cause}") ? EYE_CAUSES : 0;
	has |= !target || target->reset_causes.watchdog.count > 0 ? EYE_WATCHDOG : 0;
	return sees_off(bench, target, caps, has) ? has | EYE_OFF : has;
}

/* ---- what is asked ---- */

/* Something that a scenario asks, on a bench. */
struct asked {
	const char *kind; /* "promise", "fault", "point" */
	const char *what;
	const struct sight_need *need;
	const char *input; /* NULL: none */
};

struct asking {
	const struct bo_rack_bench *bench;
	unsigned has;
	void (*take)(struct asking *asking, const struct asked *asked);
	struct bo_buf *out;
	bool refused;
	unsigned actions_said;
	char said[16][BO_POINT_NAME_MAX];
	size_t points_said;
};

static unsigned has_for(const struct asking *asking, const struct asked *asked)
{
	if (asked->input && !bo_rack_input(asking->bench, asked->input))
		return asking->has & ~(unsigned)EYE_INPUT;
	return asking->has;
}

static const struct sight_need *need_of_point(const char *name)
{
	for (size_t i = 0; sight_points[i].what; i++)
		if (strncmp(sight_points[i].what, name, strlen(sight_points[i].what)) == 0)
			return &sight_points[i];
	return &of_a_named_point;
}

static void ask_point(struct asking *asking, const char *name)
{
	struct asked asked = {"point", name, need_of_point(name), bo_point_input(name)};

	for (size_t i = 0; i < asking->points_said; i++)
		if (strcmp(asking->said[i], name) == 0)
			return;
	if (asking->points_said < sizeof(asking->said) / sizeof(asking->said[0]))
		(void)bo_str_copy(asking->said[asking->points_said++], BO_POINT_NAME_MAX, name);
	asking->take(asking, &asked);
}

static void ask_fault(struct asking *asking, const struct bo_fault *fault)
{
	const struct sight_need *need = &sight_actions[fault->action];
	struct asked asked = {"fault", need->what, need, NULL};

	if (!need->what || (asking->actions_said >> fault->action) & 1u)
		return;
	asking->actions_said |= 1u << fault->action;
	asking->take(asking, &asked);
}

static void ask_schedule(struct asking *asking, const struct bo_schedule *schedule)
{
	for (size_t i = 0; i < schedule->count; i++) {
		if (schedule->fault[i].after.point[0])
			ask_point(asking, schedule->fault[i].after.point);
		ask_point(asking, schedule->fault[i].point);
		ask_fault(asking, &schedule->fault[i]);
	}
}

static void ask_axes(struct asking *asking, const struct bo_conf_list *axes)
{
	const char *const *texts = axes->items;

	for (size_t i = 0; i < axes->count; i++) {
		struct bo_axis axis;
		struct bo_err ignored;

		if (bo_axis_parse(texts[i], &axis, &ignored) < 0)
			continue;
		if (axis.after.point[0])
			ask_point(asking, axis.after.point);
		ask_point(asking, axis.name);
	}
}

static void ask_strategy(struct asking *asking, const struct bo_strategy *strategy)
{
	const char *const *schedules = strategy->schedules.items;
	struct bo_fault fault = {0};
	struct bo_err ignored;

	ask_axes(asking, &strategy->over);
	ask_axes(asking, &strategy->then);
	if (strategy->over.count > 0 && strategy->act &&
	    bo_action_parse(strategy->act, &fault, &ignored) == 0)
		ask_fault(asking, &fault);
	for (size_t i = 0; i < strategy->schedules.count; i++) {
		struct bo_schedule schedule;

		if (bo_schedule_parse(schedules[i], &schedule, &ignored) == 0)
			ask_schedule(asking, &schedule);
	}
}

static void ask_pins(struct asking *asking, const struct sight_need *need,
		     const struct bo_conf_list *names)
{
	const char *const *items = names->items;

	for (size_t i = 0; i < names->count; i++) {
		struct asked asked = {"promise", need->what, need, items[i]};

		asking->take(asking, &asked);
	}
}

static void ask_promises(struct asking *asking, const struct bo_promises *promises)
{
	for (size_t i = 0; sight_promises[i].what; i++) {
		const struct sight_need *need = &sight_promises[i];
		struct asked asked = {"promise", need->what, need, NULL};

		if (!bo_promises_ask(promises, need->what))
			continue;
		if (need->must & EYE_INPUT)
			ask_pins(asking, need, &promises->never_high);
		else
			asking->take(asking, &asked);
	}
}

static void ask_all(struct asking *asking, const struct bo_scenario *scenario)
{
	struct bo_schedule schedule;

	bo_scenario_schedule(scenario, &schedule);
	ask_schedule(asking, &schedule);
	if (scenario->has_strategy)
		ask_strategy(asking, &scenario->strategy);
	ask_promises(asking, &scenario->promises);
}

static size_t first_of(unsigned mask)
{
	size_t i = 0;

	while (!(mask & eyes[i].eye))
		i++;
	return i;
}

/* ---- refusals ---- */

/* A point has its input's name already. */
static void name_asked(const struct asked *asked, char *out, size_t cap)
{
	bool more = asked->input && strcmp(asked->kind, "point") != 0;

	(void)snprintf(out, cap, "%s%s%s", asked->what, more ? ": " : "", more ? asked->input : "");
}

/* Points and faults that a bench lacks a capability for are no trials at all (capability.h). */
static void refuse(struct asking *asking, const struct asked *asked)
{
	unsigned missing = asked->need->must & ~has_for(asking, asked);
	char name[96];

	if (!missing || strcmp(asked->kind, "point") == 0)
		return;
	size_t i = first_of(missing);

	asking->refused = true;
	name_asked(asked, name, sizeof(name));
	bo_buf_printf(asking->out,
		      "error: %s '%s' needs %s, and bench '%s' has none: it could only end "
		      "inconclusive; %s\n",
		      asked->kind, name, eyes[i].name, asking->bench->name, eyes[i].remedy);
}

int bo_sight_check(const struct bo_rack_bench *bench, const struct bo_target *target,
		   const struct bo_scenario *scenario, struct bo_buf *report)
{
	struct asking asking = {
		.bench = bench, .has = look(bench, target), .take = refuse, .out = report};

	ask_all(&asking, scenario);
	return asking.refused ? -EINVAL : 0;
}

/* ---- lists ---- */

static void name_eyes(unsigned mask, struct bo_buf *out)
{
	const char *between = "";

	for (size_t i = 0; i < EYES; i++)
		if (mask & eyes[i].eye) {
			bo_buf_printf(out, "%s%s", between, eyes[i].name);
			between = ", ";
		}
}

static void list_one(struct asking *asking, const struct asked *asked)
{
	const struct sight_need *need = asked->need;
	char name[96];
	unsigned has = has_for(asking, asked), all = need->must | need->whole | need->better;

	if (!all)
		return;
	name_asked(asked, name, sizeof(name));
	bo_buf_printf(asking->out, "# %-8s %-18s ", asked->kind, name);
	name_eyes(all, asking->out);
	if (need->must & ~has)
		bo_buf_printf(asking->out, ": NO, %s", eyes[first_of(need->must & ~has)].remedy);
	else if (need->whole & ~has)
		bo_buf_printf(asking->out, ": can be broken, but not kept; %s",
			      eyes[first_of(need->whole & ~has)].remedy);
	else if (need->better & ~has)
		bo_buf_printf(asking->out, ": in part, %s", need->blind);
	else
		bo_buf_printf(asking->out, ": yes");
	bo_buf_printf(asking->out, "\n");
}

void bo_sight_list(const struct bo_rack_bench *bench, const struct bo_target *target,
		   const struct bo_scenario *scenario, struct bo_buf *out)
{
	struct asking asking = {
		.bench = bench, .has = look(bench, target), .take = list_one, .out = out};

	ask_all(&asking, scenario);
}

static bool is_judged(const struct sight_need *need, unsigned has)
{
	return !((need->must | need->whole) & ~has);
}

/* The first eye for want of which a promise is not judged, or not in full. */
static unsigned wanted(const struct sight_need *need, unsigned has, bool wholly)
{
	unsigned missing = need->must & ~has;

	if (wholly)
		missing = missing ? 0 : need->whole & ~has;
	return missing ? eyes[first_of(missing)].eye : 0;
}

static void show_wanting(unsigned has, size_t eye, bool wholly, const char *indent,
			 struct bo_buf *out)
{
	const char *between = "";

	for (const struct sight_need *need = sight_promises; need->what; need++) {
		if (is_judged(need, has) || wanted(need, has, wholly) != eyes[eye].eye)
			continue;
		if (!*between)
			bo_buf_printf(out, "%swithout %s %s:", indent, eyes[eye].name,
				      wholly ? "can be broken, but not kept" : "nobody judges");
		bo_buf_printf(out, "%s %s", between, need->what);
		between = ",";
	}
	if (*between)
		bo_buf_printf(out, "\n");
}

void bo_sight_show(const struct bo_rack_bench *bench, const struct bo_target *target,
		   const char *indent, struct bo_buf *out)
{
	unsigned has = look(bench, target);

	bo_buf_printf(out, "%sjudges  ", indent);
	for (const struct sight_need *need = sight_promises; need->what; need++)
		if (is_judged(need, has))
			bo_buf_printf(out, " %s", need->what);
	bo_buf_printf(out, "\n");
	for (size_t i = 0; i < EYES; i++) {
		show_wanting(has, i, false, indent, out);
		show_wanting(has, i, true, indent, out);
	}
}
