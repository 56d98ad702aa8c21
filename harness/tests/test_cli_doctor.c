#include "harness/doctor/doctor.h"
#include "harness/tests/cli.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SIM_RACK     "--rack fixtures/racks/sim.yaml"

TestSuite(cli_doctor, .timeout = 60);

Test(cli_doctor, the_exit_code_tells_whether_runs_are_possible)
{
	static const struct {
		const char *args;
		int code;
		const char *line;
	} cases[] = {
		/* without a path there is no OpenOCD, which the virtual board does without */
		{"doctor", 3, "bad   openocd   no openocd in PATH; to do: "},
		{"doctor " SIM_RACK, 0, "warn  openocd   no openocd in PATH; to do: "},
		{"doctor --rack fixtures/racks/bench.yaml", 3, "bad   rack      bench bench: "},
	};

	cr_assert_eq(setenv("PATH", "/nonexistent", 1), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cli cli = brownout("%s", cases[i].args);

		cr_expect_eq(cli.code, cases[i].code, "%s: exit %d\n%s", cases[i].args, cli.code,
			     cli.out.data);
		cr_expect_not_null(strstr(cli.out.data, cases[i].line), "%s in\n%s", cases[i].line,
				   cli.out.data);
		cr_expect_str_eq(cli.err.data, "");
		cli_done(&cli);
	}
}

Test(cli_doctor, the_rack_may_come_from_the_environment)
{
	cr_assert_eq(setenv("BROWNOUT_RACK", "fixtures/racks/no-such.yaml", 1), 0);
	struct cli cli = brownout("doctor");

	cr_expect_eq(cli.code, 2);
	cr_expect_not_null(strstr(cli.err.data, "no-such.yaml"), "%s", cli.err.data);
	cli_done(&cli);
}

Test(cli_doctor, the_rules_are_printed_and_nothing_else)
{
	struct cli cli = brownout("doctor --udev");
	struct bo_buf rules = {0};

	bo_doctor_udev(NULL, &rules);
	cr_expect_eq(cli.code, 0);
	cr_expect_str_eq(cli.out.data, rules.data);
	cr_expect_str_eq(cli.err.data, "");
	bo_buf_done(&rules);
	cli_done(&cli);
}

Test(cli_doctor, it_takes_no_other_argument)
{
	struct cli cli = brownout("doctor who");

	cr_expect_eq(cli.code, 2);
	cr_expect_str_eq(cli.err.data, "brownout: doctor: takes no argument 'who'\n");
	cli_done(&cli);
}
