#include <linux/rtnetlink.h>
#include <string.h>

#include "netem/dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One netlink message: the input is what follows the length in its header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netem_qdisc qdisc;
	struct netem_redirected redirected;
	struct netem_mtu mtu;
	struct bo_netem settings;
	struct nlmsghdr *head;
	struct bo_buf text = {0};

	if (size + sizeof(head->nlmsg_len) < NLMSG_HDRLEN || size > 65536)
		return 0;
	head = malloc(size + sizeof(head->nlmsg_len));
	if (!head)
		return 0;
	head->nlmsg_len = (uint32_t)(size + sizeof(head->nlmsg_len));
	memcpy((char *)head + sizeof(head->nlmsg_len), data, size);
	if (netem_dump_qdisc(head, &qdisc) == 0) {
		netem_wire_settings(&qdisc.wire, &settings);
		if (bo_netem_check(&settings, NULL) == 0)
			bo_netem_text(&settings, &text);
	}
	(void)netem_dump_link(head);
	(void)netem_dump_address(head);
	(void)netem_dump_mtu(head, &mtu);
	(void)netem_dump_redirected(head, 3, &redirected);
	(void)netem_dump_default_route(head, 3);
	bo_buf_done(&text);
	free(head);
	return 0;
}
