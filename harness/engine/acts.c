#include "harness/engine/acts.h"

static bool link_disturbs(const struct bo_trial *trial)
{
	return trial->link.rules > 0;
}

static int dip_begin(struct bo_trial *trial, bool census, struct bo_err *err)
{
	(void)census;
	return dip_prepare(trial, err);
}

/* In this order; any of them may be missing. */
static const struct {
	int (*open)(struct bo_trial *trial, bool census, struct bo_err *err);
	bool (*disturbs)(const struct bo_trial *trial);
	void (*heal)(struct bo_trial *trial);
	void (*power_off)(struct bo_trial *trial);
	void (*close)(struct bo_trial *trial);
} actors[] = {
	{.close = line_forget_break},
	{.open = dip_begin, .power_off = dip_close, .close = dip_close},
	{.open = link_open, .disturbs = link_disturbs, .heal = link_heal, .close = link_close},
	{.power_off = reset_close, .close = reset_close},
	{.open = net_open, .disturbs = net_disturbs, .heal = net_heal, .close = net_close},
};

enum { ACTORS = sizeof(actors) / sizeof(actors[0]) };

void acts_strike(void *ctx, const struct bo_fault *fault, bo_ns due)
{
	static void (*const acts[BO_ACTION_COUNT])(struct bo_trial * trial,
						   const struct bo_fault *fault, bo_ns due) = {
		[BO_ACTION_CUT] = supply_cut,	    [BO_ACTION_DIP] = dip_play,
		[BO_ACTION_DROP] = link_strike,	    [BO_ACTION_DUPLICATE] = link_strike,
		[BO_ACTION_DELAY] = link_strike,    [BO_ACTION_CORRUPT] = link_strike,
		[BO_ACTION_REORDER] = link_strike,  [BO_ACTION_BREAK] = line_break,
		[BO_ACTION_GARBAGE] = line_garbage, [BO_ACTION_SILENCE] = link_hush,
		[BO_ACTION_RESET] = reset_strike,   [BO_ACTION_NET] = net_strike,
	};

	acts[fault->action](ctx, fault, due);
}

int acts_open(struct bo_trial *trial, bool census, struct bo_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ACTORS; i++)
		if (actors[i].open)
			rc = actors[i].open(trial, census, err);
	return rc;
}

bool acts_disturb(const struct bo_trial *trial)
{
	for (size_t i = 0; i < ACTORS; i++)
		if (actors[i].disturbs && actors[i].disturbs(trial))
			return true;
	return false;
}

void acts_heal(struct bo_trial *trial)
{
	for (size_t i = 0; i < ACTORS; i++)
		if (actors[i].heal)
			actors[i].heal(trial);
}

void acts_power_off(struct bo_trial *trial)
{
	for (size_t i = 0; i < ACTORS; i++)
		if (actors[i].power_off)
			actors[i].power_off(trial);
}

void acts_close(struct bo_trial *trial)
{
	for (size_t i = 0; i < ACTORS; i++)
		if (actors[i].close)
			actors[i].close(trial);
}
