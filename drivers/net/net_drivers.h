#ifndef BO_DRIVERS_NET_NET_DRIVERS_H
#define BO_DRIVERS_NET_NET_DRIVERS_H

#include "drivers/api/driver.h"

/*
 * IP over a serial line (RFC 1055), the target at its other end:
 *
 *   network: {driver: slip, usb: BO-RACK1, interface: C, baud: 500000 baud}
 *   network: {driver: slip, path: /dev/ttyS1, baud: 115200 baud, by: kernel, mtu: 1006,
 *             address: 10.78.0.2, host: 10.78.0.1, port: 1337}
 *
 * by: tun (what is usual): this process speaks SLIP, and its other end is a TUN interface; needs no
 * privilege where user namespaces are allowed. by: kernel: Linux' own line discipline; needs
 * CAP_NET_ADMIN. Either interface is in a network namespace of its own and goes with the bench.
 */
extern const struct bo_driver bo_driver_slip;

/*
 * A target on a network that this host is on:
 *
 *   network: {driver: udp, address: 192.0.2.7, port: 1337, interface: eth1}
 *
 * Without `interface` the routes say which one, and the link cannot be impaired. With it only
 * packets from and to that address are; needs CAP_NET_ADMIN. An interface that carries a default
 * route is refused unless `i-know: yes`.
 */
extern const struct bo_driver bo_driver_udp;

#endif
