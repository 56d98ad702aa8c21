#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "harness/engine/lease.h"
#include "harness/engine/rack_key.h"
#include "harness/engine/wish.h"
#include "harness/tests/scratch_dir.h"

static struct scratch dir;

static void set_up(void)
{
	dir = scratch_make();
	setenv("XDG_RUNTIME_DIR", dir.path, 1);
}

static void tear_down(void)
{
	scratch_done(&dir);
}

TestSuite(lease, .init = set_up, .fini = tear_down);

static struct bo_lease_holder look(const char *rack, const char *bench)
{
	struct bo_lease_holder holder;
	struct bo_err err = {0};

	cr_assert_eq(bo_lease_look(rack, bench, &holder, &err), 0, "%s", bo_err_text(&err));
	return holder;
}

/* A process that has the lease and waits to be killed. */
static pid_t start_holder(const struct bo_lease_args *args)
{
	int ready[2];
	char byte;
	pid_t pid;

	cr_assert_eq(pipe(ready), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct bo_lease lease = BO_LEASE_NONE;

		if (bo_lease_take(&lease, args, "b", NULL) == 0)
			(void)!write(ready[1], "x", 1);
		close(ready[1]);
		for (;;)
			(void)poll(NULL, 0, -1);
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

Test(lease, one_that_is_held_is_refused_with_its_holder_and_free_when_that_is_killed)
{
	struct bo_lease_args args = {.rack = "/r.yaml", .run_dir = "/runs/\x1b[2Jx"};
	struct bo_lease lease = BO_LEASE_NONE;
	struct bo_err err = {0};
	char wanted[80];

	cr_expect_eq(look("/r.yaml", "b").pid, 0);
	pid_t pid = start_holder(&args);

	cr_expect(look("/r.yaml", "b").held);
	cr_expect_eq(look("/r.yaml", "b").pid, pid);
	cr_expect_eq(bo_lease_take(&lease, &args, "b", &err), -EBUSY);
	snprintf(wanted, sizeof(wanted), "bench 'b' is held by pid %d (", (int)pid);
	cr_expect_eq(strncmp(bo_err_text(&err), wanted, strlen(wanted)), 0, "%s",
		     bo_err_text(&err));
	cr_expect_not_null(strstr(bo_err_text(&err), "Z, run /runs/\\x1b[2Jx"), "%s",
			   bo_err_text(&err));
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_expect_not(look("/r.yaml", "b").held);
	cr_expect_eq(look("/r.yaml", "b").pid, pid, "it did not give it back");
	cr_assert_eq(bo_lease_take(&lease, &args, "b", &err), 0, "%s", bo_err_text(&err));
	cr_expect_eq(look("/r.yaml", "b").pid, getpid());
	bo_lease_drop(&lease);
	cr_expect_eq(look("/r.yaml", "b").pid, 0);
	bo_lease_drop(&lease);
}

Test(lease, a_host_on_which_any_bench_is_held_is_known)
{
	struct bo_lease_args args = {.rack = "/one.yaml"};
	struct bo_lease lease = BO_LEASE_NONE;
	struct bo_err err = {0};

	cr_expect_not(bo_lease_any_held());
	pid_t pid = start_holder(&args);

	cr_expect(bo_lease_any_held());
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_expect_not(bo_lease_any_held(), "its file is still there");
	cr_assert_eq(bo_lease_take(&lease, &args, "b", &err), 0);
	cr_expect(bo_lease_any_held(), "ours");
	bo_lease_drop(&lease);
}

Test(lease, benches_of_one_name_in_two_racks_are_two)
{
	struct bo_lease_args one = {.rack = "/one.yaml"}, other = {.rack = "/other.yaml"};
	struct bo_lease first = BO_LEASE_NONE, second = BO_LEASE_NONE;
	struct bo_err err = {0};

	cr_assert_eq(bo_lease_take(&first, &one, "b", &err), 0, "%s", bo_err_text(&err));
	cr_expect_eq(bo_lease_take(&second, &other, "b", &err), 0, "%s", bo_err_text(&err));
	bo_lease_drop(&first);
	bo_lease_drop(&second);
}

/* A process that waits with priority 3, until it is killed. */
static pid_t start_waiter(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	cr_assert_eq(pipe(ready), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct bo_wish wish = BO_WISH_NONE;

		if (bo_wish_make(&wish, "/r.yaml", "b", 3, NULL) == 0)
			(void)!write(ready[1], "x", 1);
		for (;;)
			(void)poll(NULL, 0, -1);
	}
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

Test(lease, a_wish_is_seen_by_those_below_it_and_goes_with_who_has_it)
{
	struct bo_wish wish = BO_WISH_NONE, usual = BO_WISH_NONE;
	struct bo_err err = {0};

	cr_expect_eq(bo_wish_above("/r.yaml", "b", 0), 0);
	cr_expect_eq(bo_wish_make(&usual, "/r.yaml", "b", 0, &err), 0);
	cr_expect_eq(bo_wish_above("/r.yaml", "b", 0), 0, "the usual priority is no wish");
	pid_t pid = start_waiter();

	cr_assert_eq(bo_wish_make(&wish, "/r.yaml", "b", 3, &err), 0, "two may have one wish");
	cr_expect_eq(bo_wish_above("/r.yaml", "b", 2), 3);
	cr_expect_eq(bo_wish_above("/r.yaml", "b", 3), 0);
	cr_expect_eq(bo_wish_above("/r.yaml", "c", 0), 0, "another bench");
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_expect_eq(bo_wish_above("/r.yaml", "b", 0), 3, "ours is left");
	bo_wish_drop(&wish);
	cr_expect_eq(bo_wish_above("/r.yaml", "b", 0), 0);
	/* the other one's end took the file away: who still waits makes it again */
	cr_assert_eq(bo_wish_make(&wish, "/r.yaml", "b", 3, &err), 0);
	cr_assert_eq(unlink(wish.path), 0);
	cr_assert_eq(bo_wish_make(&wish, "/r.yaml", "b", 3, &err), 0);
	cr_expect_eq(bo_wish_above("/r.yaml", "b", 0), 3);
	bo_wish_drop(&wish);
}

Test(lease, a_key_is_a_file_name_whatever_the_bench_is_called)
{
	static const char *const names[] = {"b", "../../b", "a/b", "a b", "", "\xc3\xa9"};
	struct bo_buf keys[6] = {{0}};

	for (size_t i = 0; i < 6; i++) {
		bo_rack_key("/r.yaml", names[i], &keys[i]);
		cr_expect_null(strpbrk(keys[i].data, "/. \xc3"), "%s", keys[i].data);
		for (size_t k = 0; k < i; k++)
			cr_expect_str_neq(keys[i].data, keys[k].data);
	}
	for (size_t i = 0; i < 6; i++)
		bo_buf_done(&keys[i]);
}
