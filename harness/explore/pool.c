#include "harness/explore/pool.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/explore/pool_parts.h"

#define JOBS_MAX 64u
/* Answers nobody has asked for yet, and questions for which nobody has had time. */
#define SPARE 32u
#define TASKS (JOBS_MAX + SPARE)

enum task_state { TASK_FREE, TASK_QUEUED, TASK_RUNNING, TASK_DONE };

struct task {
	enum task_state state;
	uint64_t age; /* since when */
	struct pool_request request;
	uint8_t *memory;
	struct pool_reply reply;
	uint64_t *read;
	uint8_t *after;
	struct bo_write *log;
	char *trace;
};

struct child {
	pid_t pid;
	int fd;
	struct task *task; /* NULL: idle */
};

struct bo_pool {
	struct bo_pool_config config;
	struct child child[JOBS_MAX];
	struct task task[TASKS];
	uint64_t age;
	uint8_t *memory;       /* loaded */
	struct task *answered; /* what the last boot's pointers are into */
};

/* ---- tasks ---- */

static void task_clear(struct task *task)
{
	free(task->memory);
	free(task->read);
	free(task->after);
	free(task->log);
	free(task->trace);
	*task = (struct task){0};
}

/* An expected boot of this memory, in whatever state. */
static struct task *task_of(struct bo_pool *pool, const uint8_t *memory)
{
	for (size_t i = 0; i < TASKS; i++) {
		struct task *task = &pool->task[i];

		if (task->state != TASK_FREE && !task->request.has_cut &&
		    memcmp(task->memory, memory, pool->config.size) == 0)
			return task;
	}
	return NULL;
}

/* A free one, or the oldest that nobody works at. There is always one: fewer children than tasks.
 */
static struct task *task_room(struct bo_pool *pool)
{
	struct task *oldest = NULL;

	for (size_t i = 0; i < TASKS; i++) {
		struct task *task = &pool->task[i];

		if (task->state == TASK_FREE)
			return task;
		if (task->state != TASK_RUNNING && task != pool->answered &&
		    (!oldest || task->age < oldest->age))
			oldest = task;
	}
	task_clear(oldest);
	return oldest;
}

static struct task *task_new(struct bo_pool *pool, const uint8_t *memory, const struct bo_cut *cut)
{
	struct task *task = task_room(pool);

	task->memory = malloc(pool->config.size);
	if (!task->memory)
		return NULL;
	memcpy(task->memory, memory, pool->config.size);
	task->state = TASK_QUEUED;
	task->age = ++pool->age;
	if (cut)
		task->request = (struct pool_request){true, *cut};
	return task;
}

/* ---- children ---- */

static int child_give(struct bo_pool *pool, struct child *child, struct task *task)
{
	int result = pool_send(child->fd, &task->request, sizeof(task->request));

	if (result == 0)
		result = pool_send(child->fd, task->memory, pool->config.size);
	task->state = TASK_RUNNING;
	child->task = task;
	return result;
}

/* The idle get what has waited longest. */
static int give_out(struct bo_pool *pool)
{
	for (unsigned i = 0; i < pool->config.jobs; i++) {
		struct task *next = NULL;

		if (pool->child[i].task)
			continue;
		for (size_t k = 0; k < TASKS; k++)
			if (pool->task[k].state == TASK_QUEUED &&
			    (!next || pool->task[k].age < next->age))
				next = &pool->task[k];
		if (!next)
			return 0;
		if (child_give(pool, &pool->child[i], next) < 0)
			return -EPIPE;
	}
	return 0;
}

/* Its whole answer, which it has begun to send. */
static int child_take(const struct bo_pool *pool, struct child *child)
{
	struct task *task = child->task;
	struct pool_reply *reply = &task->reply;
	uint32_t size = pool->config.size;
	int result = pool_receive(child->fd, reply, sizeof(*reply));

	child->task = NULL;
	task->state = TASK_DONE;
	if (result < 0 || reply->result < 0)
		return result;
	task->read = malloc(size / 8);
	task->after = malloc(size);
	task->log = malloc((reply->log_len + 1) * sizeof(*task->log));
	task->trace = calloc(1, reply->trace_len + 1);
	if (!task->read || !task->after || !task->log || !task->trace)
		return -ENOMEM;
	result = pool_receive(child->fd, task->read, size / 8);
	if (result == 0)
		result = pool_receive(child->fd, task->after, size);
	if (result == 0)
		result = pool_receive(child->fd, task->log, reply->log_len * sizeof(*task->log));
	if (result == 0)
		result = pool_receive(child->fd, task->trace, reply->trace_len);
	return result;
}

/* Waits for somebody to be done. */
static int wait_for_any(struct bo_pool *pool)
{
	struct pollfd fds[JOBS_MAX];
	int result = 0;

	for (unsigned i = 0; i < pool->config.jobs; i++)
		fds[i] = (struct pollfd){pool->child[i].task ? pool->child[i].fd : -1, POLLIN, 0};
	if (poll(fds, pool->config.jobs, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	for (unsigned i = 0; i < pool->config.jobs && result == 0; i++)
		if (fds[i].revents)
			result = child_take(pool, &pool->child[i]);
	return result;
}

/* ---- the machine ---- */

static int load(void *self, const uint8_t *memory, struct bo_err *err)
{
	struct bo_pool *pool = self;

	(void)err;
	memcpy(pool->memory, memory, pool->config.size);
	return 0;
}

static void expect(void *self, const uint8_t *memory)
{
	struct bo_pool *pool = self;

	if (!task_of(pool, memory) && task_new(pool, memory, NULL))
		(void)give_out(pool); /* boot() will tell */
}

/* Ahead of everything that is only expected. */
static struct task *ask(struct bo_pool *pool, const struct bo_cut *cut)
{
	struct task *task = cut ? NULL : task_of(pool, pool->memory);

	if (!task)
		task = task_new(pool, pool->memory, cut);
	if (task)
		task->age = 0;
	return task;
}

static int boot(void *self, const struct bo_cut *cut, struct bo_boot *ret, struct bo_err *err)
{
	struct bo_pool *pool = self;
	struct task *task;
	int result = 0;

	if (pool->answered)
		task_clear(pool->answered);
	pool->answered = task = ask(pool, cut);
	if (!task)
		return bo_err_set(err, -ENOMEM, "out of memory for a boot");
	while (task->state != TASK_DONE && result == 0) {
		result = give_out(pool);
		if (result == 0)
			result = wait_for_any(pool);
	}
	if (result < 0)
		return bo_err_set(err, result, "a process that boots for us is gone: %s",
				  strerror(-result));
	if (task->reply.result < 0) {
		if (err)
			*err = task->reply.err;
		return task->reply.result;
	}
	*ret = (struct bo_boot){
		.outcome = task->reply.outcome,
		.read = task->read,
		.log = task->log,
		.log_len = task->reply.log_len,
		.memory = task->after,
		.trace = task->trace,
	};
	return give_out(pool);
}

struct bo_machine bo_pool_machine(struct bo_pool *pool)
{
	static const struct bo_machine_ops ops = {.load = load, .boot = boot, .expect = expect};

	return (struct bo_machine){.self = pool,
				   .ops = &ops,
				   .size = pool->config.size,
				   .page = pool->config.page,
				   .env = pool->config.env};
}

/* ---- life ---- */

static int child_start(struct bo_pool *pool, struct child *child)
{
	int ends[2], parent = getpid();

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	child->pid = fork();
	if (child->pid == 0) {
		close(ends[0]);
		pool_child(&pool->config, ends[1], parent);
	}
	close(ends[1]);
	child->fd = ends[0];
	return child->pid < 0 ? -EAGAIN : 0;
}

struct bo_pool *bo_pool_new(const struct bo_pool_config *config)
{
	struct bo_pool *pool = calloc(1, sizeof(*pool));

	assert(config->jobs && config->jobs <= JOBS_MAX);
	if (!pool)
		return NULL;
	pool->config = *config;
	pool->memory = malloc(config->size);
	for (unsigned i = 0; i < config->jobs; i++)
		pool->child[i] = (struct child){.pid = -1, .fd = -1};
	for (unsigned i = 0; i < config->jobs && pool->memory; i++)
		if (child_start(pool, &pool->child[i]) < 0) {
			bo_pool_free(pool);
			return NULL;
		}
	if (pool->memory)
		return pool;
	bo_pool_free(pool);
	return NULL;
}

void bo_pool_free(struct bo_pool *pool)
{
	if (!pool)
		return;
	for (unsigned i = 0; i < pool->config.jobs; i++) {
		if (pool->child[i].fd >= 0)
			close(pool->child[i].fd);
		if (pool->child[i].pid > 0) {
			(void)kill(pool->child[i].pid, SIGKILL);
			(void)waitpid(pool->child[i].pid, NULL, 0);
		}
	}
	for (size_t i = 0; i < TASKS; i++)
		task_clear(&pool->task[i]);
	free(pool->memory);
	free(pool);
}
