#include <errno.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/model/netem.h"

#define KBIT	  INT64_C(125) /* bytes per second */
#define MBIT	  (1000 * KBIT)
#define PERCENT	  INT64_C(10000) /* ppm */
#define NAMES_MAX 32

#define ATC	"the profiles of Facebook's Augmented Traffic Control"
#define COMCAST "the table in the README of the tool Comcast"
#define MEANS                                                                                      \
	"means of many users' links: a real cell changes from second to second and goes away for " \
	"seconds"

const struct bo_netem_profile bo_netem_profiles[] = {
	{.name = "gprs",
	 .what = "GPRS, good reception",
	 .down = {.delay_ns = 250 * BO_MS, .loss_ppm = 2 * PERCENT, .rate_Bps = 50 * KBIT},
	 .up = {.delay_ns = 250 * BO_MS, .loss_ppm = 2 * PERCENT, .rate_Bps = 50 * KBIT},
	 .source = COMCAST ", its 500 ms halved between the directions",
	 .caveat = MEANS},
	{.name = "2g-rural",
	 .what = "2G, developing rural",
	 .down = {.delay_ns = 650 * BO_MS, .loss_ppm = 2 * PERCENT, .rate_Bps = 20 * KBIT},
	 .up = {.delay_ns = 650 * BO_MS, .loss_ppm = 2 * PERCENT, .rate_Bps = 18 * KBIT},
	 .source = ATC,
	 .caveat = MEANS},
	{.name = "edge",
	 .what = "EDGE, average",
	 .down = {.delay_ns = 400 * BO_MS, .rate_Bps = 240 * KBIT},
	 .up = {.delay_ns = 440 * BO_MS, .rate_Bps = 200 * KBIT},
	 .source = ATC,
	 .caveat = MEANS},
	{.name = "edge-lossy",
	 .what = "EDGE that loses packets",
	 .down = {.delay_ns = 400 * BO_MS, .loss_ppm = 1 * PERCENT, .rate_Bps = 240 * KBIT},
	 .up = {.delay_ns = 440 * BO_MS, .loss_ppm = 1 * PERCENT, .rate_Bps = 200 * KBIT},
	 .source = ATC,
	 .caveat = MEANS},
	{.name = "3g",
	 .what = "3G, average",
	 .down = {.delay_ns = 100 * BO_MS, .rate_Bps = 780 * KBIT},
	 .up = {.delay_ns = 100 * BO_MS, .rate_Bps = 330 * KBIT},
	 .source = ATC,
	 .caveat = MEANS},
	{.name = "3g-good",
	 .what = "3G, good reception",
	 .down = {.delay_ns = 90 * BO_MS, .rate_Bps = 850 * KBIT},
	 .up = {.delay_ns = 100 * BO_MS, .rate_Bps = 420 * KBIT},
	 .source = ATC,
	 .caveat = MEANS},
	{.name = "lte",
	 .what = "LTE",
	 .down = {.delay_ns = 35 * BO_MS, .rate_Bps = 12 * MBIT},
	 .up = {.delay_ns = 35 * BO_MS, .rate_Bps = 12 * MBIT},
	 .source = "WebPageTest's connectivity table as others cite it: 12 Mbit, 70 ms there and "
		   "back",
	 .caveat = MEANS},
	{.name = "lte-m",
	 .what = "LTE Cat-M1, in coverage",
	 .down = {.delay_ns = 50 * BO_MS,
		  .jitter_ns = 10 * BO_MS,
		  .loss_ppm = PERCENT / 2,
		  .rate_Bps = 1 * MBIT},
	 .up = {.delay_ns = 50 * BO_MS,
		.jitter_ns = 10 * BO_MS,
		.loss_ppm = PERCENT / 2,
		.rate_Bps = 1 * MBIT},
	 .source = "rate: the category's peak; delay and loss: chosen by us",
	 .caveat = "no sleep: a modem in PSM or eDRX answers minutes later"},
	{.name = "nb-iot",
	 .what = "NB-IoT, in coverage",
	 .down = {.delay_ns = 500 * BO_MS,
		  .jitter_ns = 250 * BO_MS,
		  .loss_ppm = 1 * PERCENT,
		  .rate_Bps = 60 * KBIT},
	 .up = {.delay_ns = 500 * BO_MS,
		.jitter_ns = 250 * BO_MS,
		.loss_ppm = 1 * PERCENT,
		.rate_Bps = 20 * KBIT},
	 .source =
		 "chosen by us inside what is published (up to 250 kbit; 20 kbit on a single tone)",
	 .caveat = "measurements of NB-IoT differ by a factor of ten between places and operators"},
	{.name = "nb-iot-deep",
	 .what = "NB-IoT in a cellar, with repetitions",
	 .down = {.delay_ns = 4 * BO_S,
		  .jitter_ns = 1 * BO_S,
		  .loss_ppm = 5 * PERCENT,
		  .rate_Bps = 10 * KBIT},
	 .up = {.delay_ns = 4 * BO_S,
		.jitter_ns = 1 * BO_S,
		.loss_ppm = 5 * PERCENT,
		.rate_Bps = 2 * KBIT},
	 .source = "chosen by us; 3GPP allows a round trip of 10 s at the edge of coverage",
	 .caveat = "measurements of NB-IoT differ by a factor of ten between places and operators"},
	{.name = "geo",
	 .what = "geostationary satellite",
	 .down = {.delay_ns = 279 * BO_MS, .loss_ppm = PERCENT / 10, .rate_Bps = 10 * MBIT},
	 .up = {.delay_ns = 279 * BO_MS, .loss_ppm = PERCENT / 10, .rate_Bps = 2 * MBIT},
	 .source = "delay: RFC 2488 section 2, the longest single hop; rate and loss: chosen by us",
	 .caveat = "no rain, and no proxy that answers TCP before the satellite does"},
	{.name = "wifi-good",
	 .what = "Wi-Fi, good reception",
	 .down = {.delay_ns = 20 * BO_MS, .loss_ppm = PERCENT / 5, .rate_Bps = 30 * MBIT},
	 .up = {.delay_ns = 20 * BO_MS, .loss_ppm = PERCENT / 5, .rate_Bps = 30 * MBIT},
	 .source = COMCAST ", its 40 ms halved between the directions",
	 .caveat = "the delay is that of the internet behind it"},
	{.name = "wifi-lossy",
	 .what = "Wi-Fi at the edge of reception, bursts of loss",
	 .down = {.delay_ns = 20 * BO_MS,
		  .chain = {1 * PERCENT, 10 * PERCENT, 70 * PERCENT, PERCENT / 10},
		  .rate_Bps = 5 * MBIT},
	 .up = {.delay_ns = 20 * BO_MS,
		.chain = {1 * PERCENT, 10 * PERCENT, 70 * PERCENT, PERCENT / 10},
		.rate_Bps = 5 * MBIT},
	 .source = "a chain much used as an example, mean loss 6.5 %; rate: chosen by us",
	 .caveat =
		 "bursts of real Wi-Fi have no typical length; a Gilbert-Elliott chain gives them "
		 "one (10 packets here)"},
	{.name = NULL},
};

int bo_netem_profile_find(const char *name, const struct bo_netem_profile **ret, struct bo_err *err)
{
	const char *names[NAMES_MAX];
	size_t count = 0;

	for (const struct bo_netem_profile *p = bo_netem_profiles; p->name; p++) {
		if (strcmp(p->name, name) == 0) {
			*ret = p;
			return 0;
		}
		if (count < NAMES_MAX)
			names[count++] = p->name;
	}
	const char *near = bo_str_nearest(name, names, count);
	char shown[64];

	(void)bo_str_escape(shown, sizeof(shown), name, strlen(name));
	return bo_err_set(err, -ENOENT, "no profile '%s'%s%s%s", shown,
			  near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}
