#include "netem/timeline.h"

#include <assert.h>
#include <errno.h>

#define ALL_PPM 1000000

/* ---- what can be played ---- */

static int check_step(const struct bo_netem_step *steps, size_t i, bo_ns period_ns,
		      struct bo_err *err)
{
	const struct bo_netem_step *step = &steps[i];

	if (i == 0 && step->at_ns != 0)
		return bo_err_set(err, -EINVAL, "step 1 is not at the beginning");
	if (i > 0 && step->at_ns <= steps[i - 1].at_ns)
		return bo_err_set(err, -EINVAL, "step %zu is not later than the one before it",
				  i + 1);
	if (period_ns && step->at_ns >= period_ns)
		return bo_err_set(err, -EINVAL, "step %zu comes after the period's end", i + 1);
	if (bo_netem_check(&step->down, err) < 0 || bo_netem_check(&step->up, err) < 0)
		return bo_err_wrap(err, "step %zu", i + 1);
	return 0;
}

int bo_netem_timeline_check(const struct bo_netem_step *steps, size_t count, bo_ns period_ns,
			    struct bo_err *err)
{
	struct bo_err own = {0};
	int rc = count ? 0 : bo_err_set(&own, -EINVAL, "a timeline without steps");

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = check_step(steps, i, period_ns, &own);
	if (rc < 0 && err)
		*err = own;
	return rc;
}

/* ---- playing it ---- */

static void arm_next(struct bo_netem_player *player)
{
	if (player->next == player->count) {
		if (!player->period_ns)
			return;
		player->begun_ns += player->period_ns;
		player->next = 0;
	}
	bo_loop_arm(player->loop, &player->timer,
		    player->begun_ns + player->steps[player->next].at_ns);
}

static void on_step(struct bo_timer *timer)
{
	struct bo_netem_player *player =
		(struct bo_netem_player *)((char *)timer - offsetof(struct bo_netem_player, timer));
	const struct bo_netem_step *step = &player->steps[player->next];
	bo_ns late_ns = bo_loop_now(player->loop) - player->begun_ns - step->at_ns;

	if (player->apply(player->ctx, &step->down, &step->up, &player->err) < 0) {
		assert(player->err.code);
		return;
	}
	player->applied++;
	player->next++;
	if (late_ns > player->late_ns)
		player->late_ns = late_ns;
	arm_next(player);
}

void bo_netem_play(struct bo_netem_player *player, struct bo_loop *loop)
{
	assert(player->count && player->apply);
	player->loop = loop;
	player->timer = (struct bo_timer){.fire = on_step};
	player->begun_ns = bo_loop_now(loop);
	player->next = 0;
	player->applied = 0;
	player->late_ns = 0;
	player->err = (struct bo_err){0};
	arm_next(player);
}

void bo_netem_stop(struct bo_netem_player *player)
{
	if (player->loop)
		bo_loop_disarm(player->loop, &player->timer);
}

/* ---- outages ---- */

struct bo_netem bo_netem_outage(const struct bo_netem *netem)
{
	struct bo_netem outage = *netem;

	outage.chain = (struct bo_netem_chain){0};
	outage.loss_ppm = ALL_PPM;
	return outage;
}

void bo_netem_flap(const struct bo_netem *down, const struct bo_netem *up, bo_ns outage_ns,
		   bo_ns period_ns, struct bo_netem_step ret_steps[2])
{
	assert(outage_ns > 0 && outage_ns < period_ns);
	ret_steps[0] = (struct bo_netem_step){0, *down, *up};
	ret_steps[1] = (struct bo_netem_step){period_ns - outage_ns, bo_netem_outage(down),
					      bo_netem_outage(up)};
}
