#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "harness/tests/serve_rig.h"

/* An update server that is not there: at first, or while it is restarted. */

static bool answers(const struct serve_rig *rig)
{
	unsigned port = 0;

	cr_assert_eq(sscanf(rig->url, "http://localhost:%u/", &port), 1);
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc = connect(fd, (struct sockaddr *)&to, sizeof(to));

	cr_assert(rc == 0 || errno == ECONNREFUSED);
	close(fd);
	return rc == 0;
}

Test(serve_away, nobody_listens_until_its_time_has_come)
{
	struct serve_rig rig;

	serve_begin(&rig, "--do down:1h");
	cr_expect_not(answers(&rig));
	serve_end(&rig);
	serve_begin(&rig, "--do down:20ms");
	for (int i = 0; i < 6000 && !answers(&rig); i++)
		(void)poll(NULL, 0, 10);
	cr_expect(answers(&rig));
	serve_end(&rig);
}

Test(serve_away, one_that_is_restarted_breaks_off_and_comes_back_on_its_port)
{
	static const struct {
		const char *options;
		bool comes_back;
	} cases[] = {{"--do restart@50pct:1h", false}, {"--do restart@50pct:20ms", true}};

	for (size_t i = 0; i < 2; i++) {
		struct serve_rig rig;

		serve_begin(&rig, cases[i].options);
		json_t *answer = serve_fetch(&rig, "");

		cr_expect_neq(json_integer_value(json_object_get(answer, "bytes")), SERVED);
		json_decref(answer);
		hear_until(&rig, "\"offset\":20000,\"how\":\"restart\"");
		for (int k = 0; cases[i].comes_back && k < 6000 && !answers(&rig); k++)
			(void)poll(NULL, 0, 10);
		cr_expect_eq(answers(&rig), cases[i].comes_back);
		serve_end(&rig);
	}
}
