#include <criterion/criterion.h>

Test(planted, a_clean_test_is_green)
{
	cr_assert(true);
}
