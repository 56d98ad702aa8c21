/*
 * brownout-switch: owns the bit-bang pins of one FTDI interface on behalf of all who share them.
 * Started by brownout on demand, or by a service manager with --stay.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "drivers/ftdi/switch/switch_server.h"

/*
 * Between two commands of a script the server stays, because a new one finds the pins' levels
 * unknown and must let go of them for a moment before it drives them again.
 */
#define LINGER_S_DEFAULT 3

enum { EXIT_USAGE = 2, EXIT_RIG = 3 };

struct options {
	struct bo_switch_address address;
	int stay, help, version; /* flags, as getopt_long(3) sets them */
	int linger_s;
};

static const char usage[] =
	"usage: brownout-switch (--usb SERIAL | --path PORT) --interface A|B|C|D|CBUS\n"
	"                       [--linger SECONDS] [--stay] | --help | --version\n"
	"Owns the bit-bang pins of one FTDI interface, or the chip's CBUS pins; brownout starts it "
	"when needed.\n"
	"  --linger SECONDS  end this long after the last client (3), unless it left a pin\n"
	"                    at another level than the safe one\n"
	"  --stay            run in the foreground and do not end by itself: for a service\n";

static bool parse_linger(const char *text, int *ret)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < 0 || value > 86400)
		return false;
	*ret = (int)value;
	return true;
}

static bool take(struct options *opt, int key)
{
	switch (key) {
	case 'u':
		opt->address.serial = optarg;
		return true;
	case 'p':
		opt->address.port = optarg;
		return true;
	case 'i':
		opt->address.interface = bo_switch_interface_of(optarg);
		return true;
	case 'l':
		return parse_linger(optarg, &opt->linger_s);
	default:
		return key == 0; /* a flag */
	}
}

static bool parse(int argc, char **argv, struct options *ret)
{
	struct options opt = {.address.interface = -1, .linger_s = LINGER_S_DEFAULT};
	const struct option table[] = {
		{"usb", required_argument, NULL, 'u'},
		{"path", required_argument, NULL, 'p'},
		{"interface", required_argument, NULL, 'i'},
		{"linger", required_argument, NULL, 'l'},
		{"stay", no_argument, &opt.stay, 1},
		{"help", no_argument, &opt.help, 1},
		{"version", no_argument, &opt.version, 1},
		{0},
	};
	bool good = true;
	int key;

	while ((key = getopt_long(argc, argv, "", table, NULL)) != -1)
		good &= take(&opt, key);
	*ret = opt;
	return good && optind == argc;
}

static int fail(int status, const struct bo_err *err)
{
	fprintf(stderr, "brownout-switch: %s\n", bo_err_text(err));
	return status;
}

/* The grandchild's part: no terminal, job or pipe of the caller's is held open by it. */
static void settle_down(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	signal(SIGHUP, SIG_IGN);
	for (int fd = 0; fd <= 2; fd++)
		if (null >= 0)
			(void)dup2(null, fd);
	(void)!chdir("/");
}

/*
 * The caller waits for its child, which ends as soon as clients can connect; the grandchild serves.
 * The child must not end before the grandchild has left its process group: whoever reaps the child
 * may clear the group.
 */
static void detach(struct bo_switch_seat *seat)
{
	int settled[2] = {-1, -1};
	pid_t pid = -1;
	char byte;

	if (pipe2(settled, O_CLOEXEC) == 0)
		pid = fork();
	if (pid < 0) {
		perror("brownout-switch: cannot go into the background");
		bo_switch_seat_leave(seat);
		_exit(EXIT_RIG);
	}
	close(settled[pid == 0 ? 0 : 1]);
	if (pid == 0) {
		settle_down();
		close(settled[1]);
		return;
	}
	while (read(settled[0], &byte, 1) < 0 && errno == EINTR)
		;
	_exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	struct options opt;
	struct bo_switch_place place;
	struct bo_switch_seat seat;
	struct bo_err err = {0};
	struct bo_chip *chip;
	int rc;

	if (!parse(argc, argv, &opt)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (opt.help || opt.version)
		return puts(opt.help ? usage : "brownout-switch " BO_VERSION) < 0;
	rc = bo_switch_place(&opt.address, &place, &err);
	if (rc < 0)
		return fail(rc == -EINVAL ? EXIT_USAGE : EXIT_RIG, &err);
	rc = bo_switch_seat_take(&seat, &place, &err);
	if (rc == -EEXIST && !opt.stay)
		return EXIT_SUCCESS; /* what was wanted: somebody serves */
	if (rc < 0)
		return fail(EXIT_RIG, &err);
	if (!opt.stay)
		detach(&seat);
	bo_switch_seat_sign(&seat);
	openlog("brownout-switch", LOG_PID | (opt.stay ? LOG_PERROR : 0), LOG_DAEMON);
	chip = bo_chip_ftdi_new(&opt.address);
	rc = bo_switch_serve(
		&(struct bo_switch_server_args){&seat, chip, opt.stay, opt.linger_s * BO_S}, &err);
	if (rc < 0)
		syslog(LOG_CRIT, "%s", bo_err_text(&err));
	bo_switch_seat_leave(&seat);
	bo_chip_ftdi_free(chip);
	return rc < 0 ? EXIT_RIG : EXIT_SUCCESS;
}
