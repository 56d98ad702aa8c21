#include <criterion/criterion.h>

Test(planted, runs)
{
	cr_assert(true);
}

Test(planted, is_skipped)
{
	cr_skip("the host lacks something");
}
