#include <criterion/criterion.h>
#include <limits.h>

Test(planted, undefined_behaviour_is_red)
{
	volatile int most = INT_MAX;
	volatile int over = most + 1;

	cr_assert(over == over);
}
