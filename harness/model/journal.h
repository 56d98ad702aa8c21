#ifndef BO_HARNESS_MODEL_JOURNAL_H
#define BO_HARNESS_MODEL_JOURNAL_H

#include <jansson.h>

#include "harness/base/clock.h"
#include "harness/base/str.h"

/*
 * The journal: one JSON object a line, append-only, the only truth of a run. It holds *what*
 * happened; who, when and where stand in run.json. Times are nanoseconds since the trial
 * began. Reports are pure functions of it.
 *
 * Every line has "at" (time) and "ev" (kind). The list of kinds is closed; a reader ignores
 * members it does not know:
 *
 *   trial      id, bench, reality, target, title, promise, old, new, tags, requirements   a trial
 *                                            begins
 *   drift      from, is                      the id's hash and today's: repeated anyway
 *   identity   uid, chip                     who answered the probe
 *   range      name, how (unchanged|rewritten|kept), bytes             start state of a flash range
 *   stage      by (probe|protocol)           how the update came into its slot, where both may be
 *   armed      faults                        the schedule, durable before power-on
 *   phase      name                          prepare, boot, update, recover, observe, then, ...
 *   power      on, asked, done               asked and acknowledged time of a switch act
 *   point      name, n                       a fault point that a fault waits for was passed
 *   fault      fault, due, done, lag         a fault fired
 *   proof      witness, says                 what a witness said of a cut
 *   boot       n, cause, boots               a boot, with its evidence
 *   ready      version                       an application runs
 *   dead       pattern                       a death pattern was seen
 *   update     job, result, ...              a job of the update session ended
 *   upload     from, to, handed, took        of an upload: bytes acknowledged when it
 *                                            began and in the end, bytes of the image that were
 *                                            sent, each as often as it was, and the time
 *   slot       n, ...                        what the target says of an image slot
 *   read-back  range, hash, is               what flash holds, by the probe
 *   census     name, count, last, runs, ...  how often a trial without faults passed a point
 *   link       way, frame, did, bytes, ...   what was done to a frame of the update's link
 *   link       rule, way, seen, struck       in the end: what became of a fault of the link
 *   network    did (asked|in force), down, up, ...             what the network link is to be like
 *   network    did (counted), way, is, packets, dropped, duplicated, bytes, asked, clustering, loss
 *                                            what a way did under a setting; losses in ppm, and
 *                                            how they cluster in thousandths
 *   probe      did, why                      it touched the running target, on purpose
 *   reset      pin, done | target, cause     the pin was let go; the boot that a reset caused
 *   console    did                           a break ended
 *   program    name, sha256, ended, said, stderr     a step ran a program of the user's own
 *   oracle     name, program, sha256, verdict, text, measurements      a program of the user's own
 *                                            judged what was observed
 *   kept       range, unchanged, first       a range that must not change was read back
 *   promise    key, verdict, why             what came of each promise
 *   rig        text                          the bench failed: no verdict about the target
 *   outcome    outcome, why, how             what the target did; again for the second update
 *   verdict    verdict, why, broken, fired, proven, ...                the trial's end
 *   stopped    scenario                      its strategy was not begun (of the run's journal)
 *   rule       subject, limit, end, judged, failed, left_out   what came of a stop rule (of the
 *                                            run's journal)
 *   wave       name, trials, limit, judged, failed, end, why   what came of a wave (of the run's
 *                                            journal)
 *   cached                                   the trial was not carried out, but taken from a cache
 *                                            of equal ones (of the run's journal)
 *   untried    id, budget                    left out, because its scenario's budget was spent (of
 *                                            the run's journal)
 *   drawn      uniformly                     how a strategy came to this trial (of the run's
 * journal)
 */
#define BO_JOURNAL_LINE_MAX 65536

/* Appends one line to `out`. `members` is a jansson pack format and its arguments for the members
 * after "at" and "ev", as json_pack("{...}"): "s:b, s:I". Strings must be valid UTF-8: escape what
 * a target sent. */
void bo_journal_line(struct bo_buf *out, bo_ns at, const char *kind, const char *members, ...);

/* Parses one line; NULL when it is not a journal line. The caller owns the object. */
json_t *bo_journal_parse(const char *line, size_t len);

/* Calls visit() for each line of a journal in memory. A torn last line (no newline) is ignored, as
 * a crash may leave one; any other bad line ends the walk with -EBADMSG and its number. */
int bo_journal_walk(const char *text, size_t len, void (*visit)(void *ctx, const json_t *line),
		    void *ctx, size_t *reterr_line);

/* Typed members; the fallback when absent or of another type. */
const char *bo_journal_str(const json_t *line, const char *key, const char *fallback);
int64_t bo_journal_int(const json_t *line, const char *key, int64_t fallback);
bool bo_journal_bool(const json_t *line, const char *key, bool fallback);
bool bo_journal_is(const json_t *line, const char *kind);

#endif
