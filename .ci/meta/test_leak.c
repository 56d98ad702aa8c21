#include <criterion/criterion.h>
#include <stdlib.h>

Test(planted, a_leak_is_red)
{
	char *volatile lost = malloc(17);

	cr_assert(lost != NULL);
	lost = NULL;
}
