#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "harness/cmd/cmd.h"
#include "harness/cmd/net_set.h"
#include "harness/model/values.h"
#include "netem/link.h"
#include "netem/timeline.h"

/* An interface's name may hold anything but a slash, a colon and blanks. */
static const char *shown(const char *device)
{
	static char text[128];

	return bo_str_escape(text, sizeof(text), device, strlen(device));
}

/* ---- set ---- */

/* `before` is the interface's name, or an indent. */
static void say_side(const char *before, const char *side, const struct bo_netem *netem)
{
	struct bo_buf text = {0};

	if (!netem)
		return;
	bo_netem_text(netem, &text);
	(void)printf("%s %s: %s\n", before, side, text.data);
	bo_buf_done(&text);
}

static void say_wish(const struct cmd_net_wish *wish)
{
	say_side(shown(wish->device), "down", wish->down);
	say_side(shown(wish->device), "up", wish->up);
	if (wish->mtu_bytes)
		(void)printf("%s: MTU %" PRId64 " bytes\n", shown(wish->device), wish->mtu_bytes);
	if (wish->blackhole_bytes)
		(void)printf("%s: nothing after %" PRId64 " bytes\n", shown(wish->device),
			     wish->blackhole_bytes);
	(void)fflush(stdout);
}

struct hold {
	const struct cmd_net_wish *wish;
	struct bo_netem_link *link;
	struct bo_netem_player player;
};

static int change(void *ctx, const struct bo_netem *down, const struct bo_netem *up,
		  struct bo_err *err)
{
	struct hold *hold = ctx;

	return bo_netem_apply(hold->link, hold->wish->down ? down : NULL,
			      hold->wish->up ? up : NULL, err);
}

static bool has_failed(void *ctx)
{
	return ((struct hold *)ctx)->player.err.code != 0;
}

/* Until the time is over or a signal comes; 0, -EINTR, or -1 when a change failed. */
static int wait_out(struct hold *hold)
{
	const struct cmd_net_wish *wish = hold->wish;
	struct bo_netem_step steps[2];
	struct bo_clock clock;
	struct bo_loop loop;

	bo_clock_real_init(&clock);
	bo_loop_init(&loop, &clock);
	if (wish->outage_ns) {
		bo_netem_flap(&wish->down_netem, &wish->up_netem, wish->outage_ns, wish->every_ns,
			      steps);
		hold->player = (struct bo_netem_player){.steps = steps,
							.count = 2,
							.period_ns = wish->every_ns,
							.apply = change,
							.ctx = hold};
		bo_netem_play(&hold->player, &loop);
	}
	int rc = bo_loop_until(&loop, has_failed, hold, bo_loop_now(&loop) + wish->for_ns);

	bo_netem_stop(&hold->player);
	return rc == 0 ? -1 : rc == -EINTR ? rc : 0;
}

/* The counters began with this setting. */
static int judge_side(const char *device, const char *side, const struct bo_netem_status *status)
{
	const struct bo_netem_counters after = bo_netem_counters_of(status), before = {0};
	struct bo_netem_period period;
	struct bo_netem_loss loss;
	struct bo_buf text = {0};

	if (!status->ours)
		return BO_EXIT_OK;
	bo_netem_period(&status->netem, &before, &after, &period);
	bo_netem_measure(&status->netem, &period, BO_NETEM_99_SIDED, &loss);
	bo_netem_loss_text(&loss, period.seen, &text);
	(void)printf("%s %s: loss %s\n", shown(device), side, text.data);
	bo_buf_done(&text);
	if (bo_netem_explains(&status->netem, period.seen, period.dropped))
		return BO_EXIT_OK;
	return cmd_fail(BO_EXIT_NO_VERDICT,
			"%s: %" PRIu64 " of %" PRIu64 " packets dropped, more than was asked for: "
			"the queue was full (limit %" PRId64 "); give it a larger --limit",
			side, period.dropped, period.seen, status->netem.limit_packets);
}

/* With outages or a blackhole, what was asked for was not one setting. */
static int judge(const struct cmd_net_wish *wish)
{
	struct bo_netem_view view;

	if (wish->outage_ns || wish->blackhole_bytes || !wish->for_ns ||
	    bo_netem_look(wish->device, &view, NULL) < 0)
		return BO_EXIT_OK;
	int down = judge_side(wish->device, "down", &view.down);
	int up = judge_side(wish->device, "up", &view.up);

	return down ? down : up;
}

/* With --for, until then or a signal; the guard heals if this process cannot. */
static int stay(const struct cmd_net_wish *wish, struct bo_netem_link *link)
{
	struct hold hold = {.wish = wish, .link = link};
	struct bo_err err = {0};
	int rc = wish->for_ns ? wait_out(&hold) : 0;
	int judged = judge(wish);

	if (bo_netem_close(link, &err) < 0 || rc == -1)
		return cmd_fail_err(rc == -1 ? &hold.player.err : &err);
	if (wish->outage_ns)
		(void)printf("%s: %llu outages\n", shown(wish->device),
			     (unsigned long long)hold.player.applied / 2);
	return rc == -EINTR ? BO_EXIT_SIGNAL + bo_loop_interrupted() : judged;
}

static int set(int argc, char **argv)
{
	struct cmd_net_wish wish = {0};
	struct bo_err err = {0};
	struct bo_netem_link *link = NULL;
	int rc = cmd_net_wish(argc, argv, &wish);

	if (rc != 0)
		return rc < 0 ? BO_EXIT_OK : rc;
	if (wish.dry_run) {
		say_wish(&wish);
		return BO_EXIT_OK;
	}
	bo_loop_catch_signals();
	rc = bo_netem_open(wish.device, wish.peer,
			   (wish.i_know ? BO_NETEM_I_KNOW : 0u) |
				   (wish.for_ns ? 0u : BO_NETEM_STAY),
			   &link, &err);
	if (rc == 0 && wish.mtu_bytes)
		rc = bo_netem_set_mtu(link, wish.mtu_bytes, &err);
	if (rc == 0 && !wish.mtu_only)
		rc = bo_netem_apply(link, wish.down, wish.up, &err);
	if (rc == 0 && wish.blackhole_bytes)
		rc = bo_netem_blackhole(link, wish.down ? wish.blackhole_bytes : -1,
					wish.up ? wish.blackhole_bytes : -1, &err);
	if (rc < 0) {
		(void)bo_netem_close(link, NULL);
		return cmd_fail_err(&err);
	}
	say_wish(&wish);
	return stay(&wish, link);
}

/* ---- show ---- */

static void show_side(const char *device, const char *side, const struct bo_netem_status *status)
{
	if (!status->set)
		return;
	struct bo_buf text = {0};

	if (bo_netem_check(&status->netem, NULL) == 0)
		bo_netem_text(&status->netem, &text);
	else
		bo_buf_printf(&text, "a netem with values that brownout does not set");
	(void)printf("%s %s: %s%s%s; %" PRIu64 " packets passed, %" PRIu64 " dropped, %" PRIu64
		     " waiting\n",
		     shown(device), side, text.data, status->ours ? "" : " (not ours)",
		     status->blackhole ? ", then a blackhole" : "", status->packets,
		     status->dropped, status->waiting);
	bo_buf_done(&text);
}

static int show_device(const char *device, bool quiet)
{
	struct bo_netem_view view;
	struct bo_err err = {0};

	if (bo_netem_look(device, &view, &err) < 0)
		return cmd_fail_err(&err);
	show_side(device, "down", &view.down);
	show_side(device, "up", &view.up);
	if (view.one_peer)
		(void)printf("%s: one peer's packets only\n", shown(device));
	if (view.mtu_found_bytes)
		(void)printf("%s: MTU %" PRId64 " bytes, %" PRId64 " as it was found\n",
			     shown(device), view.mtu_bytes, view.mtu_found_bytes);
	if (!view.down.set && !view.up.set && !view.mtu_found_bytes && !quiet)
		(void)printf("%s: not impaired\n", shown(device));
	return BO_EXIT_OK;
}

static int show(int argc, char **argv)
{
	const struct cmd_option table[] = {{NULL, CMD_FLAG, NULL, NULL, NULL}};
	int count = cmd_options(argc, argv, "net show [INTERFACE...]", table);
	int rc = BO_EXIT_OK;

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	for (int i = 0; i < count && rc == BO_EXIT_OK; i++)
		rc = show_device(argv[i], false);
	if (count > 0)
		return rc;
	struct if_nameindex *all = if_nameindex();

	/* what is ours shows up at the interface that it is for */
	for (struct if_nameindex *at = all; at && at->if_index && rc == BO_EXIT_OK; at++)
		if (strncmp(at->if_name, BO_NETEM_IFB, strlen(BO_NETEM_IFB)) != 0)
			rc = show_device(at->if_name, true);
	if_freenameindex(all);
	return rc;
}

/* ---- clear ---- */

static int clear(int argc, char **argv)
{
	const struct cmd_option table[] = {{NULL, CMD_FLAG, NULL, NULL, NULL}};
	int count = cmd_options(argc, argv, "net clear INTERFACE", table);
	struct bo_netem_view view;
	struct bo_err err = {0};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count != 1)
		return cmd_fail(BO_EXIT_USAGE, "net clear: say one interface");
	int rc = bo_netem_clear_device(argv[0], &err);

	if (rc < 0 || bo_netem_look(argv[0], &view, &err) < 0)
		return cmd_fail_err(&err);
	(void)printf("%s: %s\n", shown(argv[0]), rc ? "healed" : "nothing of brownout's to heal");
	if (!view.other_kind[0])
		return BO_EXIT_OK;
	return cmd_fail(BO_EXIT_NO_VERDICT,
			"%s has a %s of somebody else's, which stays; 'tc qdisc del dev %s root' "
			"removes it",
			argv[0], view.other_kind, argv[0]);
}

/* ---- profiles ---- */

static void print_profile(const struct bo_netem_profile *profile)
{
	(void)printf("%s: %s\n", profile->name, profile->what);
	say_side(" ", "down", &profile->down);
	say_side(" ", "up", &profile->up);
	(void)printf("  source: %s\n  caveat: %s\n", profile->source, profile->caveat);
}

static int profiles(int argc, char **argv)
{
	const struct cmd_option table[] = {{NULL, CMD_FLAG, NULL, NULL, NULL}};
	int count = cmd_options(argc, argv, "net profiles [NAME...]", table);
	const struct bo_netem_profile *profile;
	struct bo_err err = {0};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	for (int i = 0; i < count; i++) {
		if (bo_netem_profile_find(argv[i], &profile, &err) < 0)
			return cmd_fail_err(&err);
		print_profile(profile);
	}
	for (profile = bo_netem_profiles; count == 0 && profile->name; profile++)
		print_profile(profile);
	return BO_EXIT_OK;
}

static const struct cmd_command table[] = {
	{"clear", clear, "take away what brownout has set on an interface"},
	{"profiles", profiles, "print the named profiles, their sources and caveats"},
	{"set", set, "impair what passes an interface"},
	{"show", show, "print how interfaces are impaired, and what they dropped"},
};

int cmd_net(int argc, char **argv)
{
	static const struct cmd_commands verbs = {"brownout net", "verb", table,
						  sizeof(table) / sizeof(table[0])};

	return cmd_dispatch(&verbs, argc, argv);
}
