#ifndef BO_HARNESS_ENGINE_USER_ORACLE_H
#define BO_HARNESS_ENGINE_USER_ORACLE_H

#include "harness/model/scenario.h"
#include "harness/model/verdict.h"

/*
 * Oracles of the user's own: programs that judge what was observed. Each gets one JSON object on
 * its standard input, end of file after it, and says one (harness/model/oracle_answer.h):
 *
 *   oracle       1, the version of this contract
 *   bench, target, reality   where: the bench's name, its target class, "virtual" or "real"
 *   outcome, why what the target did, and from what that was seen; `then` of a second update, or
 *                null
 *   ready, version   whether an application announced itself after the last boot, and as what
 *   told         what the target said of itself by the update protocol: {version, hash,
 *                confirmed}, or null
 *   read-back    what flash held where the running image lives: {whole, hash}, or null
 *   boots, causes    boots since the update was armed, and the causes they announced, each once;
 *                `heard-all` is false where some may have been missed
 *   slowest-ready-ms from a power-on to the ready line, the slowest; null: there was none
 *   console      path of a file with all that the console said
 *   flash        the ranges that the scenario asked for: [{range, address, size, path}]
 *
 * Hashes are hex. It is not told what was meant to be uploaded, when power was cut, or what is
 * promised: it judges what was seen. What it does not say within its time, in these words and with
 * exit status 0, is inconclusive.
 */
struct bo_oracle_said {
	const char *name;
	enum bo_verdict verdict;
	char text[256];
};

struct bo_oracles {
	bool flash_kept; /* the ranges that are asked for lie in the trial's folder */
	size_t count;
	struct bo_oracle_said said[BO_ORACLES_MAX];
};

struct bo_trial;
struct bo_findings;
struct bo_err;

/* The probe is attached, the outcome stands: keeps what oracles want to read. Once a trial. */
int oracles_keep_flash(struct bo_trial *trial, struct bo_err *err);
/* The bench is not needed any more: asks each. Errors are those of our own record, and -EINTR. */
int oracles_ask(struct bo_trial *trial, const struct bo_findings *findings, struct bo_err *err);

#endif
