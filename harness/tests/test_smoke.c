#include <criterion/criterion.h>

Test(smoke, the_frame_links)
{
	cr_assert_eq(1 + 1, 2);
}
