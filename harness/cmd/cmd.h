#ifndef BO_HARNESS_CMD_CMD_H
#define BO_HARNESS_CMD_CMD_H

#include "harness/cmd/cli.h"
#include "harness/engine/bench.h"
#include "harness/engine/plan.h"

/*
 * What the subcommands share. A subcommand is one file with one cmd_NAME() that returns an exit
 * code (enum bo_exit); main() is a table of them.
 */
extern const struct bo_registry cmd_registry; /* registry.c, or registry_sim.c in brownout-sim */

int cmd_console(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_explore(int argc, char **argv);
int cmd_flash(int argc, char **argv);
int cmd_image(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_net(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_power(int argc, char **argv);
int cmd_rack(int argc, char **argv);
int cmd_rate(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_server(int argc, char **argv);
int cmd_shrink(int argc, char **argv);
int cmd_update(int argc, char **argv);
int cmd_version(int argc, char **argv);

/* `brownout replay` of ids that the explorer gave; in `brownout`, as cmd_explore(), becomes
 * brownout-sim. */
int cmd_explore_replay(int count, char **ids, const char *scenario, const char *out, bool anyway);

/* ---- racks and benches ---- */
#define CMD_BENCHES_MAX 16
#define CMD_PATIENCE	(300 * BO_S)

struct cmd_bench {
	struct bo_conf *rack_conf;
	struct bo_rack *rack;
	const struct bo_rack_bench *bench; /* the first of them */
	/* those of a run: of one target class, with the same capabilities */
	const struct bo_rack_bench *benches[CMD_BENCHES_MAX];
	size_t count;
	size_t jobs;	   /* workers a bench on the virtual clock */
	bo_ns patience;	   /* how long a worker may be silent */
	unsigned priority; /* of this run, for its benches: wish.h */
	bo_ns wait;	   /* for a bench that is busy */
	bool i_know;	   /* quarantined ones too */
	bool waves;	   /* of its rack: waves.h */
	const char *cache; /* a folder of earlier trials, cache.h; NULL: none */
	char rack_path[4096];
	/* as they stood on the command line, to be repeated in what we tell people to paste */
	const char *rack_given, *bench_given;
};

/*
 * Reads the rack (--rack, else $BROWNOUT_RACK, else ./rack.yaml); cmd_bench_read() also chooses the
 * bench. 0, or an exit code with the message printed.
 */
int cmd_rack_read(struct cmd_bench *bench, const char *rack_path);
int cmd_bench_read(struct cmd_bench *bench, const char *rack_path, const char *bench_name);
/* Of a rack that was read: whether the programs that it grants are those files. Else it is done. */
int cmd_programs_verify(struct cmd_bench *bench);
void cmd_bench_done(struct cmd_bench *bench);

/* Which benches a run works on. Names are divided by commas. */
struct cmd_benches_options {
	struct bo_buf names;
	const char *any;  /* "class=NAME": all benches of that target class; NULL */
	int64_t jobs;	  /* 0: one */
	int64_t patience; /* ns; 0: CMD_PATIENCE */
	int64_t wait;	  /* ns, for a bench that is busy */
	int64_t priority; /* wish.h */
	bool i_know;	  /* use quarantined benches too */
	bool waves;	  /* those of the rack's waves, as they come */
};

#define CMD_PRIORITY_OPTION(o)                                                            \
	{                                                                                 \
		"priority", CMD_NUMBER, &(o)->priority, "0..9",                           \
			"a run of a lower one hands its bench over at its next trial [0]" \
	}

#define CMD_BENCHES_OPTIONS(o)                                                                   \
	{"bench", CMD_LIST, &(o)->names, "NAME",                                                 \
	 "which of its benches [the only one]; several, and trials go to the one that is free"}, \
		{"any", CMD_TEXT, &(o)->any, "class=NAME",                                       \
		 "all its healthy benches of this target class"},                                \
		{"i-know", CMD_FLAG, &(o)->i_know, NULL, "use a quarantined bench as it is"},    \
		{"jobs", CMD_NUMBER, &(o)->jobs, "N",                                            \
		 "on the virtual clock, N trials at a time [1]"},                                \
		CMD_PRIORITY_OPTION(o),                                                          \
		{"patience", CMD_DURATION, &(o)->patience, "TIME",                               \
		 "a worker that is silent for so long is ended [300 s]"},                        \
	{                                                                                        \
		"wait", CMD_DURATION, &(o)->wait, "TIME",                                        \
			"how long to wait for a bench that is busy, before exit 75 [0 s]"        \
	}

/* For commands that try single trials. */
#define CMD_BENCH_OPTIONS(o)                                                                  \
	{"bench", CMD_LIST, &(o)->names, "NAME", "which of its benches [the only one]"},      \
		{"i-know", CMD_FLAG, &(o)->i_know, NULL, "use a quarantined bench as it is"}, \
	{                                                                                     \
		"wait", CMD_DURATION, &(o)->wait, "TIME",                                     \
			"how long to wait for a bench that is busy, before exit 75 [0 s]"     \
	}

/* 0, or an exit code with the message printed. */
int cmd_priority_check(int64_t priority);
/* As cmd_bench_read(), for commands that carry out trials. `bench_given` is what was chosen by
 * name; it lives as long as `options`. */
int cmd_benches_read(struct cmd_bench *bench, const char *rack_path,
		     const struct cmd_benches_options *options);

/* Path of the executable that can open this bench: this one, or a helper beside it. */
int cmd_bench_program(const struct cmd_bench *bench, char *out, size_t cap, struct bo_err *err);
/* For commands that open the bench themselves: becomes that executable if it is another one, with
 * the arguments this process was given. */
int cmd_bench_become(const struct cmd_bench *bench);
/* Becomes that program, with the arguments this process was given. Returns only on failure. */
int cmd_become(const char *path);
/* What to put in front of an id to repeat it on this bench. */
void cmd_replay_command(const struct cmd_bench *bench, struct bo_buf *out);
/* main() hands its arguments over here, before anything reorders them. */
void cmd_remember_argv(int argc, char **argv);

/* Where scenarios and target classes are looked for: $BROWNOUT_PATH, ./scenarios, beside the
 * executable's tree, the installed ones. */
const struct bo_library *cmd_library(void);

#endif
