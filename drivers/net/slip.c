#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "drivers/net/ip_udp.h"
#include "drivers/net/link_net.h"
#include "drivers/net/net_drivers.h"
#include "drivers/net/slip_codec.h"
#include "drivers/serial/port.h"
#include "drivers/serial/port_conf.h"
#include "drivers/serial/stream.h"

enum by { BY_TUN, BY_KERNEL };
enum { PACKETS_PER_TURN = 64 };

struct config {
	struct bo_port_conf line;
	int by; /* enum by */
	const char *address, *host;
	int64_t port, mtu;
	int netem; /* enum link_netem */
};

static const char *const by_names[] = {[BY_TUN] = "tun", [BY_KERNEL] = "kernel", NULL};

static const struct bo_conf_field fields[] = {
	BO_PORT_CONF_ROWS(offsetof(struct config, line)),
	BO_PORT_WHILE_OFF_ROW(offsetof(struct config, line)),
	{.key = "by",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct config, by),
	 .fallback = "tun",
	 .names = by_names,
	 .help = "who speaks SLIP: `tun`, this program, with a TUN interface behind it; `kernel`, "
		 "Linux' line discipline, which needs CAP_NET_ADMIN"},
	{.key = "address",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct config, address),
	 .fallback = "10.78.0.2",
	 .help = "the target's IPv4 address"},
	{.key = "host",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct config, host),
	 .fallback = "10.78.0.1",
	 .help = "this end's; both are known to this bench alone"},
	{.key = "port",
	 .type = BO_CONF_INT,
	 .offset = offsetof(struct config, port),
	 .fallback = "1337",
	 .min = 1,
	 .max = UINT16_MAX,
	 .help = "the target's UDP port"},
	{.key = "mtu",
	 .type = BO_CONF_INT,
	 .offset = offsetof(struct config, mtu),
	 .fallback = "576",
	 .min = 68,
	 .max = 1500,
	 .help = "the longest packet the target takes in, in bytes"},
	{.key = "netem",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct config, netem),
	 .fallback = "auto",
	 .names = link_netem_names,
	 .help = "whether the link can be impaired by the kernel: `auto` looks, `yes` insists"},
	{.key = NULL},
};

struct slip {
	struct link_net link; /* its net comes first: what is opened is that */
	bool breaks;
	char path[PATH_MAX];
	struct bo_port port;
	/* by: tun */
	struct bo_console *line;
	struct bo_slip_decoder decoder;
	struct bo_watch from_tun;
	/* by: kernel */
	struct bo_watch hang_up;
};

static struct slip *of(struct bo_net *net)
{
	return (struct slip *)((char *)net - offsetof(struct slip, link.net));
}

/* ---- SLIP by ourselves ---- */

/* A TUN interface takes what is no IP packet for an error of ours, and the line may bring any. */
static void on_line(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	struct slip *slip = ctx;

	(void)at;
	while (len > 0 && !slip->link.muted) {
		const uint8_t *packet;
		size_t packet_len;
		size_t used = bo_slip_decode(&slip->decoder, data, len, &packet, &packet_len);

		data += used;
		len -= used;
		if (packet)
			(void)!write(slip->link.tun, packet, packet_len);
	}
}

static void on_line_lost(void *ctx, bo_ns at, const struct bo_err *why)
{
	struct slip *slip = ctx;

	(void)at;
	bo_loop_unwatch(slip->link.loop, &slip->from_tun);
	link_net_lose(&slip->link, why);
}

/* What does not fit on the line now is lost, as behind any slow link. */
static void on_tun(struct bo_watch *watch, short revents)
{
	struct slip *slip = (struct slip *)((char *)watch - offsetof(struct slip, from_tun));
	uint8_t packet[BO_SLIP_PACKET_MAX], frame[BO_SLIP_FRAME_MAX(BO_SLIP_PACKET_MAX)];
	struct bo_err why;

	for (int i = 0; i < PACKETS_PER_TURN; i++) {
		ssize_t len = read(slip->link.tun, packet, sizeof(packet));

		if (len < 0 && errno != EAGAIN && errno != EINTR) {
			bo_err_set(&why, -ENODEV, "network %s is gone: its TUN interface: %s",
				   slip->link.name, strerror(errno));
			bo_loop_unwatch(slip->link.loop, watch);
			return link_net_lose(&slip->link, &why);
		}
		if (len <= 0)
			return;
		if (slip->link.muted || packet[0] >> 4 != 4)
			continue;
		size_t used = bo_slip_encode(packet, (size_t)len, frame, sizeof(frame));

		(void)bo_console_write(slip->line, frame, used, &why);
	}
	(void)revents;
}

static void release_port(void *ctx)
{
	bo_port_close(&((struct slip *)ctx)->port);
}

static void start_pump(struct slip *slip)
{
	struct bo_loop *loop = slip->link.loop;

	slip->line = bo_stream_new(&(struct bo_stream_args){.loop = loop,
							    .name = slip->path,
							    .fd = slip->port.fd,
							    .breaks = slip->breaks,
							    .release = release_port,
							    .ctx = slip});
	slip->line->rx = on_line;
	slip->line->lost = on_line_lost;
	slip->line->ctx = slip;
	bo_slip_decoder_init(&slip->decoder);
	slip->from_tun = (struct bo_watch){.fd = slip->link.tun, .events = POLLIN, .ready = on_tun};
	bo_loop_watch(loop, &slip->from_tun);
}

/* ---- or by the kernel ---- */

static void on_hang_up(struct bo_watch *watch, short revents)
{
	struct slip *slip = (struct slip *)((char *)watch - offsetof(struct slip, hang_up));
	struct bo_err why;

	(void)revents;
	bo_loop_unwatch(slip->link.loop, watch);
	bo_err_set(&why, -ENODEV, "serial line %s is gone: hang-up", slip->path);
	link_net_lose(&slip->link, &why);
}

static void start_watch(struct slip *slip)
{
	slip->hang_up = (struct bo_watch){.fd = slip->port.fd, .ready = on_hang_up};
	bo_loop_watch(slip->link.loop, &slip->hang_up);
}

static int kernel_break(struct slip *slip, bool on, struct bo_err *err)
{
	if (on)
		(void)tcflush(slip->port.fd, TCOFLUSH);
	if (ioctl(slip->port.fd, on ? TIOCSBRK : TIOCCBRK) < 0)
		return bo_err_set(err, errno == EIO ? -ENODEV : -errno, "serial line %s: break: %s",
				  slip->path, strerror(errno));
	return 0;
}

/* ---- both ---- */

static int hold_break(struct bo_net *net, bool on, struct bo_err *err)
{
	struct slip *slip = of(net);
	const struct bo_err *why = &slip->link.why;

	if (why->code)
		return bo_err_set(err, why->code, "%s", bo_err_text(why));
	int rc = slip->line ? bo_console_hold_break(slip->line, on, err)
			    : kernel_break(slip, on, err);

	if (rc < 0)
		return rc;
	slip->link.muted = on;
	bo_slip_decoder_drop(&slip->decoder);
	return 0;
}

static void close_slip(struct bo_net *net)
{
	struct slip *slip = of(net);
	int plain = N_TTY;

	bo_loop_unwatch(slip->link.loop, &slip->from_tun);
	bo_loop_unwatch(slip->link.loop, &slip->hang_up);
	link_net_close(&slip->link);
	if (slip->line) {
		bo_console_close(slip->line);
	} else {
		if (slip->link.muted)
			(void)ioctl(slip->port.fd, TIOCCBRK);
		(void)ioctl(slip->port.fd, TIOCSETD, &plain);
		bo_port_close(&slip->port);
	}
	free(slip);
}

static const struct bo_net_ops ops_break = {
	.name = "slip",
	.send = link_net_send,
	.hold_break = hold_break,
	.impair = link_net_impair,
	.close = close_slip,
};

static const struct bo_net_ops ops_idle = {
	.name = "slip",
	.send = link_net_send,
	.impair = link_net_impair,
	.close = close_slip,
};

static int start_link(struct slip *slip, struct bo_loop *loop, const struct config *config,
		      struct bo_err *err)
{
	struct link_args args = {0};
	char port[24], mtu[24];

	(void)snprintf(port, sizeof(port), "%lld", (long long)config->port);
	(void)snprintf(mtu, sizeof(mtu), "%lld", (long long)config->mtu);
	link_args_add(&args, config->by == BY_TUN ? "--tun" : "--slip", NULL);
	link_args_add(&args, "--address", config->address);
	link_args_add(&args, "--host", config->host);
	link_args_add(&args, "--port", port);
	link_args_add(&args, "--mtu", mtu);
	link_args_add(&args, "--netem", link_netem_names[config->netem]);
	return link_net_open(&slip->link, loop, slip->path, &args,
			     config->by == BY_TUN ? -1 : slip->port.fd, err);
}

static int open_slip(struct bo_driver_env *env, const void *data, void **ret, struct bo_err *err)
{
	const struct config *config = data;
	struct slip *slip = calloc(1, sizeof(*slip));
	struct bo_port_args port = {.baud = config->line.baud};
	int rc;

	assert(slip);
	rc = bo_port_conf_find(&config->line, slip->path, sizeof(slip->path), err);
	port.path = slip->path;
	if (rc == 0)
		rc = bo_port_open(&port, &slip->port, err);
	if (rc < 0) {
		free(slip);
		return rc;
	}
	rc = start_link(slip, env->loop, config, err);
	if (rc < 0) {
		bo_port_close(&slip->port);
		free(slip);
		return rc;
	}
	slip->breaks = config->line.while_off == BO_PORT_BREAK;
	slip->link.net.ops = slip->breaks ? &ops_break : &ops_idle;
	if (config->by == BY_TUN)
		start_pump(slip);
	else
		start_watch(slip);
	*ret = &slip->link.net;
	return 0;
}

/* ---- what can be told without opening ---- */

static int check(const void *data, const struct bo_programs *programs, struct bo_err *err)
{
	const struct config *config = data;
	uint32_t address, host;
	int rc = bo_ip_address_parse(config->address, &address, err);

	(void)programs;
	if (rc == 0)
		rc = bo_ip_address_parse(config->host, &host, err);
	if (rc == 0 && address == host)
		rc = bo_err_set(err, -EINVAL,
				"`address` and `host` are the two ends of the line, "
				"and both are %s",
				config->host);
	return rc;
}

static unsigned able(const void *data)
{
	const struct config *config = data;
	bool netem = config->netem == LINK_NETEM_YES ||
		     (config->netem == LINK_NETEM_AUTO &&
		      link_net_probe(config->by == BY_TUN ? "--tun" : "--slip"));

	return netem ? BO_CAP_NETEM : 0;
}

static void tell_device(const void *data, struct bo_device *ret)
{
	const struct config *config = data;

	bo_port_conf_device(&config->line, ret);
}

const struct bo_driver bo_driver_slip = {
	.name = "slip",
	.help = "IP over a serial line, with the target at its other end",
	.role = BO_ROLE_NETWORK,
	.caps = BO_CAP_DATAGRAMS,
	.fields = fields,
	.config_size = sizeof(struct config),
	.able = able,
	.check = check,
	.open = open_slip,
	.device = tell_device,
};
