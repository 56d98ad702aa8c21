#include <errno.h>
#include <getopt.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "drivers/net/link/offered.h"
#include "drivers/net/link/place.h"
#include "drivers/net/link_wire.h"
#include "harness/base/proc.h"
#include "netem/link.h"

/*
 * brownout-link: a bench's place on a network, and the only process of a run that touches the
 * network's configuration. Speaks drivers/net/link_wire.h on descriptor 3 and ends with it; what it
 * made goes with it, and an interface that was there before is healed by netem's guard.
 */
#define HEAL_NS	 (5 * BO_S)
#define AGAIN_NS (20 * BO_MS)

enum { LOOKS_MAX = 5 };
enum { EXIT_ABLE = 0, EXIT_USAGE = 2, EXIT_UNABLE = 3 };
enum want { WANT_AUTO, WANT_YES, WANT_NO };

struct options {
	struct place_args place;
	int netem; /* enum want */
	bool i_know, probe;
};

/* What counters said at one moment. */
struct sight {
	struct bo_netem_counters down, up;
};

struct link {
	struct bo_netem_link *netem; /* NULL: it cannot be impaired */
	char device[IF_NAMESIZE];
	struct bo_err why;	  /* it cannot */
	struct bo_netem down, up; /* in force */
	bool own; /* nobody else's packets pass: they can be counted before netem as well */
	struct sight seen;
};

static const struct bo_netem nothing;

/* ---- options ---- */

static const char usage[] =
	"usage: brownout-link --tun | --slip | --interface NAME | --route\n"
	"         --address A --port P [--host B] [--mtu N] [--netem yes|no] [--i-know]\n"
	"       brownout-link --probe --tun | --slip | --interface NAME\n"
	"Gives whoever started it a UDP socket to a target, and impairs its link when told to; "
	"see\n"
	"drivers/net/link_wire.h. With --probe, says whether it could impair one (exit 0).\n";

static bool number(const char *text, long max, long *ret)
{
	char *end;
	long value = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;

	if (value < 1 || value > max || *end)
		return false;
	*ret = value;
	return true;
}

static bool take_netem(const char *text, int *ret)
{
	static const char *const words[] = {
		[WANT_AUTO] = "auto", [WANT_YES] = "yes", [WANT_NO] = "no"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(words[i], text) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool take(struct options *opt, int key)
{
	long value;

	switch (key) {
	case 't':
	case 's':
	case 'r':
		opt->place.kind = key == 't'   ? PLACE_TUN
				  : key == 's' ? PLACE_SLIP
					       : PLACE_INTERFACE;
		return true;
	case 'i':
		opt->place.kind = PLACE_INTERFACE;
		opt->place.interface = optarg;
		return true;
	case 'a':
		opt->place.address = optarg;
		return true;
	case 'b':
		opt->place.host = optarg;
		return true;
	case 'p':
		if (!number(optarg, UINT16_MAX, &value))
			return false;
		opt->place.port = (uint16_t)value;
		return true;
	case 'm':
		if (!number(optarg, UINT16_MAX, &value))
			return false;
		opt->place.mtu = (int)value;
		return true;
	case 'n':
		return take_netem(optarg, &opt->netem);
	case 'k':
		opt->i_know = true;
		return true;
	case 'x':
		opt->probe = true;
		return true;
	default:
		return false;
	}
}

static bool parse(int argc, char **argv, struct options *opt)
{
	static const struct option names[] = {{"tun", no_argument, NULL, 't'},
					      {"slip", no_argument, NULL, 's'},
					      {"route", no_argument, NULL, 'r'},
					      {"interface", required_argument, NULL, 'i'},
					      {"address", required_argument, NULL, 'a'},
					      {"host", required_argument, NULL, 'b'},
					      {"port", required_argument, NULL, 'p'},
					      {"mtu", required_argument, NULL, 'm'},
					      {"netem", required_argument, NULL, 'n'},
					      {"i-know", no_argument, NULL, 'k'},
					      {"probe", no_argument, NULL, 'x'},
					      {NULL, 0, NULL, 0}};
	bool right = true;
	int key;

	while ((key = getopt_long(argc, argv, "", names, NULL)) != -1)
		right &= take(opt, key);
	right &= optind == argc && argc > 1;
	right &= opt->probe || (opt->place.address && opt->place.port);
	return right && (opt->probe || opt->place.kind == PLACE_INTERFACE ||
			 (opt->place.host && opt->place.mtu));
}

/* ---- impairing ---- */

/* Only copies have to be counted in front of netem; and two kinds of counters cannot be read at
 * once: again, while packets pass in between. */
static int look(const struct link *link, bool copies, struct sight *ret, struct bo_err *err)
{
	struct offered before = {0}, offered = {0};
	struct bo_netem_view view;
	bool count = link->own && copies;
	int rc = 0;

	for (int attempt = 0; attempt < LOOKS_MAX; attempt++) {
		if (count)
			(void)offered_read(link->device, &before);
		rc = bo_netem_look_at(link->netem, &view, err);
		if (rc < 0)
			return rc;
		if (count)
			(void)offered_read(link->device, &offered);
		if (memcmp(&before, &offered, sizeof(before)) == 0)
			break;
	}
	ret->down = bo_netem_counters_of(&view.down);
	ret->up = bo_netem_counters_of(&view.up);
	if (count) {
		ret->down.offered = offered.down;
		ret->up.offered = offered.up;
	}
	return rc;
}

/* A run that was killed has left a guard, which may not have healed the interface yet. */
static int take_device(struct link *link, const struct bo_netem_flow *flow, unsigned flags,
		       struct bo_err *err)
{
	struct bo_clock clock;
	int rc;

	bo_clock_real_init(&clock);
	for (bo_ns deadline = clock.now + HEAL_NS;;) {
		rc = bo_netem_open(link->device, flow, flags, &link->netem, err);
		if (rc != -EBUSY || clock.now >= deadline)
			return rc;
		(void)clock.ops->wait(&clock, NULL, 0, bo_clock_stamp(&clock) + AGAIN_NS);
	}
}

/* On an interface that is there only the target's packets; a namespace of our own has no others. */
static int open_netem(const struct options *opt, struct link *link, struct bo_err *err)
{
	bool own = opt->place.kind != PLACE_INTERFACE;
	struct bo_netem_flow flow = {0};
	struct offered before_us;
	int rc = 0;

	link->own = own && offered_read(link->device, &before_us) == 0;
	if (!link->device[0])
		return bo_err_set(err, -EOPNOTSUPP,
				  "say `interface`: what is impaired is an interface's traffic");
	if (!own)
		rc = bo_netem_flow_parse(opt->place.address, &flow, err);
	if (rc == 0)
		rc = take_device(link, own ? NULL : &flow,
				 (own ? BO_NETEM_STAY : 0u) | (opt->i_know ? BO_NETEM_I_KNOW : 0u),
				 err);
	if (rc == -EINVAL)
		bo_err_wrap(err, "say `i-know: yes` or `netem: no`");
	/* Nothing is impaired yet, and everything is counted from now on. */
	if (rc == 0)
		rc = bo_netem_apply(link->netem, &nothing, &nothing, err);
	if (rc == 0)
		rc = look(link, false, &link->seen, err);
	if (rc < 0) {
		(void)bo_netem_close(link->netem, NULL);
		link->netem = NULL;
	}
	return rc;
}

static struct bo_net_count between(const struct bo_netem *netem,
				   const struct bo_netem_counters *before,
				   const struct bo_netem_counters *after)
{
	struct bo_netem_period period;

	bo_netem_period(netem, before, after, &period);
	return (struct bo_net_count){.packets = period.seen,
				     .dropped = period.dropped,
				     .duplicated = period.duplicated,
				     .bytes = period.bytes};
}

_Static_assert(BO_NETEM_UNKNOWN == BO_NET_UNKNOWN, "one word for what nobody counts");

static int impair(struct link *link, const struct bo_link_request *request,
		  struct bo_net_period *ret, struct bo_err *err)
{
	bool copies = request->down.duplicate_ppm || request->up.duplicate_ppm ||
		      link->down.duplicate_ppm || link->up.duplicate_ppm;
	struct sight now;

	if (!link->netem)
		return bo_err_set(err, -EOPNOTSUPP, "%s", bo_err_text(&link->why));
	int rc = look(link, copies, &now, err);

	if (rc < 0)
		return rc;
	*ret = (struct bo_net_period){.down = between(&link->down, &link->seen.down, &now.down),
				      .up = between(&link->up, &link->seen.up, &now.up)};
	link->seen = now;
	rc = bo_netem_apply(link->netem, &request->down, &request->up, err);
	link->down = rc == 0 ? request->down : nothing;
	link->up = rc == 0 ? request->up : nothing;
	return rc;
}

/* ---- serving ---- */

static int serve(struct link *link)
{
	for (;;) {
		struct bo_link_answer answer = {.mark = BO_LINK_MARK};
		struct bo_link_request request;
		int fds[BO_LINK_FDS_MAX];
		size_t count;
		int rc = bo_link_receive(BO_PROC_LINE, &request, sizeof(request), fds, &count);

		for (size_t i = 0; rc == 0 && i < count; i++)
			close(fds[i]);
		if (rc == -EPIPE)
			return 0;
		if (rc < 0)
			return EXIT_USAGE;
		if (request.verb == BO_LINK_IMPAIR) {
			if (impair(link, &request, &answer.over, &answer.netem) == 0)
				answer.netem.code = 0;
		} else {
			bo_err_set(&answer.netem, -EINVAL, "brownout-link: no such command: %u",
				   request.verb);
		}
		if (bo_link_send(BO_PROC_LINE, &answer, sizeof(answer), NULL, 0) < 0)
			return 0;
	}
}

static int take_tty(int *ret, struct bo_err *err)
{
	struct bo_link_request request;
	int fds[BO_LINK_FDS_MAX];
	size_t count = 0;
	int rc = bo_link_receive(BO_PROC_LINE, &request, sizeof(request), fds, &count);

	if (rc == 0 && (request.verb != BO_LINK_TTY || count != 1))
		rc = -EPROTO;
	if (rc < 0)
		return bo_err_set(err, rc, "no tty was handed over: %s", strerror(-rc));
	*ret = fds[0];
	return 0;
}

/* A host that cannot is one thing, an interface that must not is another. */
static bool may_go_without(const struct options *opt, int code)
{
	return opt->netem == WANT_NO ||
	       (opt->netem == WANT_AUTO &&
		(code == -ENOSYS || code == -EPERM || code == -EOPNOTSUPP));
}

static int run(struct options *opt)
{
	struct bo_link_answer hello = {.mark = BO_LINK_MARK};
	struct place place = {.udp = -1, .tun = -1};
	struct link link = {0};
	int rc = opt->place.kind == PLACE_SLIP ? take_tty(&opt->place.tty, &hello.err) : 0;

	if (rc == 0)
		rc = place_open(&opt->place, &place, &hello.err);
	memcpy(link.device, place.device, sizeof(link.device));
	if (rc == 0 && opt->netem == WANT_NO)
		bo_err_set(&link.why, -EOPNOTSUPP, "the rack file says `netem: no`");
	else if (rc == 0 && open_netem(opt, &link, &link.why) == 0)
		link.why.code = 0; /* what was looked for and not found is no reason */
	if (rc == 0 && link.why.code && !may_go_without(opt, link.why.code)) {
		hello.err = link.why;
		rc = link.why.code;
	}
	if (rc == 0)
		hello.err.code = 0;
	hello.netem = link.why;
	hello.datagram_max = place.datagram_max;
	int fds[] = {place.udp, place.tun};
	int sent = bo_link_send(BO_PROC_LINE, &hello, sizeof(hello), fds,
				rc < 0		 ? 0
				: place.tun >= 0 ? 2
						 : 1);

	/* A socket of ours would keep what it belongs to alive. */
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (rc < 0 || sent < 0)
		return EXIT_UNABLE;
	rc = serve(&link);
	(void)bo_netem_close(link.netem, NULL);
	return rc;
}

/* ---- probing ---- */

static bool may_change_interfaces(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	return syscall(SYS_capget, &head, data) == 0 && data[0].effective & 1u << CAP_NET_ADMIN;
}

/* The real thing, where nobody is disturbed: on the loopback of a namespace of our own. */
static int probe(const struct options *opt)
{
	struct options here = {.place = {.kind = opt->place.kind, .address = "127.0.0.1"}};
	struct link link = {.device = "lo"};
	struct bo_err err = {0};
	int rc = 0;

	if (opt->place.kind != PLACE_TUN && !may_change_interfaces())
		rc = bo_err_set(&err, -EPERM,
				"no CAP_NET_ADMIN: run as root, or give it to brownout-link");
	if (rc == 0)
		rc = place_own_network(&err);
	if (rc == 0)
		rc = open_netem(&here, &link, &err);
	(void)bo_netem_close(link.netem, NULL);
	if (rc == 0)
		return EXIT_ABLE;
	(void)fprintf(stderr, "brownout-link: %s\n", bo_err_text(&err));
	return EXIT_UNABLE;
}

int main(int argc, char **argv)
{
	struct options opt = {.place.tty = -1};

	if (!parse(argc, argv, &opt)) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return opt.probe ? probe(&opt) : run(&opt);
}
