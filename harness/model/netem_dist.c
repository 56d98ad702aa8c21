#include "harness/model/netem_dist.h"

#include <assert.h>

/*
 * Quantiles by walking: x moves in the table's own steps of 1/8192 until the distribution function
 * has reached the next point. That needs neither an inverse nor a mathematics library, and gives
 * the same table on every host.
 */
#define STEPS	 BO_NETEM_DIST_UNIT
#define LARGEST	 INT16_MAX
#define HALF	 (BO_NETEM_DIST_POINTS / 2)
#define STEP	 (1.0 / STEPS)
#define SQRT_2PI 2.50662827463100050242
#define SQRT_3_4                                                                        \
	0.86602540378443864676 /* deviation of a Pareto variable of shape 3 and scale 1 \
				*/
#define MEAN_OF_3 1.5	       /* and its mean */

static double point(int i)
{
	return (i + 0.5) / BO_NETEM_DIST_POINTS;
}

static void fill_uniform(int16_t *table)
{
	for (int i = 0; i < BO_NETEM_DIST_POINTS; i++)
		table[i] = (int16_t)((2 * i + 1 - BO_NETEM_DIST_POINTS) * (STEPS / HALF) / 2);
}

/*
 * The density e(x) = exp(-x^2/2) by recurrence: e(x + h) = e(x) q(x) with q(x + h) = q(x)
 * exp(-h^2), and the area below it by trapezia. exp() of so small an h^2 is three terms of its
 * series.
 */
static void fill_normal(int16_t *table)
{
	const double h2 = STEP * STEP;
	const double decay = 1 - h2 + h2 * h2 / 2;
	double density = 1, ratio = 1 - h2 / 2 + h2 * h2 / 8;
	double below = 0.5;
	int x = 0;

	for (int i = HALF; i < BO_NETEM_DIST_POINTS; i++) {
		while (below < point(i) && x < LARGEST) {
			double next = density * ratio;

			below += (density + next) / 2 * STEP / SQRT_2PI;
			density = next;
			ratio *= decay;
			x++;
		}
		table[i] = (int16_t)x;
		table[BO_NETEM_DIST_POINTS - 1 - i] = (int16_t)-x;
	}
}

/* P(X > y) = y^-3 for y > 1, with y = mean + deviation x. */
static void fill_pareto(int16_t *table)
{
	int x = (int)((1 - MEAN_OF_3) / SQRT_3_4 * STEPS);

	for (int i = 0; i < BO_NETEM_DIST_POINTS; i++) {
		for (; x < LARGEST; x++) {
			double y = MEAN_OF_3 + SQRT_3_4 * x * STEP;

			if ((1 - point(i)) * y * y * y >= 1)
				break;
		}
		table[i] = (int16_t)x;
	}
}

void bo_netem_dist_fill(enum bo_netem_dist dist, int16_t table[BO_NETEM_DIST_POINTS])
{
	static void (*const kinds[BO_NETEM_DISTS])(int16_t *) = {
		[BO_NETEM_UNIFORM] = fill_uniform,
		[BO_NETEM_NORMAL] = fill_normal,
		[BO_NETEM_PARETO] = fill_pareto,
	};

	assert((unsigned)dist < BO_NETEM_DISTS);
	kinds[dist](table);
}
