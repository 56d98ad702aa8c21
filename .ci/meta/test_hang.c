#include <criterion/criterion.h>
#include <unistd.h>

Test(planted, never_ends)
{
	for (;;)
		pause();
}
