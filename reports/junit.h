#ifndef BO_REPORTS_JUNIT_H
#define BO_REPORTS_JUNIT_H

#include "reports/reading.h"

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

struct bo_junit;

/* `bench` is the bench's name, borrowed. */
struct bo_junit *bo_junit_new(const char *bench);
void bo_junit_free(struct bo_junit *junit);
/* For bo_read_journal(). */
struct bo_reader bo_junit_reader(struct bo_junit *junit);
/* One more property of the suite. */
void bo_junit_property(struct bo_junit *junit, const char *name, const char *value);
/* Appends the document, once: the last trial ends here. */
void bo_junit_render(struct bo_junit *junit, struct bo_buf *out);

#endif
