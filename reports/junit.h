#ifndef BO_REPORTS_JUNIT_H
#define BO_REPORTS_JUNIT_H

#include "harness/base/str.h"

/*
 * JUnit XML for CI servers: text = render(journal). Pure: the same journal gives the same bytes.
 *
 * There is no one JUnit format. This is what both Jenkins (xunit plugin, junit-10.xsd) and Maven
 * Surefire (surefire-test-report.xsd 3.0.2) accept, and what GitLab reads: one root <testsuite>,
 * run facts in its <properties>, reality first, at most one child and a <system-out> in each
 * <testcase>. reports/tests/junit.xsd is its grammar. Neither allows properties in a test case,
 * hence the facts of a trial are "name: value" lines in <system-out>.
 *
 *   pass                                nothing
 *   fail                                <failure type="OUTCOME">: the device broke a promise
 *   skipped, not applicable             <skipped>
 *   inconclusive, no verdict, unknown   <error type="rig|unproven|unresolved|no-verdict">: nobody
 *                                       knows. Never green, and never the device's fault.
 *
 * A case is named by what is tried (the id without its hash), so that its history survives a new
 * build of the firmware; the class is SCENARIO.BENCH. Should a name occur twice, the later ones
 * are numbered, for some readers collapse equal names into one.
 */

/* `bench` is the bench's name. -EBADMSG: line *reterr_line is no journal line, nothing is
 * appended. */
int bo_junit_render(const char *journal, size_t len, const char *bench, struct bo_buf *out,
		    size_t *reterr_line);

#endif
