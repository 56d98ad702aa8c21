#ifndef BO_HARNESS_BASE_ERR_H
#define BO_HARNESS_BASE_ERR_H

/*
 * Why something failed, as one line: outermost intent first, cause last.
 *
 *   bench "bluepill-03": flash slot0: openocd: no answer within 5 s
 *
 * Printable ASCII, whatever a file name or a tool put into it. Fixed size, so that reporting a
 * failure cannot itself fail. When the text is full the outer context is dropped, never the cause.
 * Functions return 0 or a positive value on success and -errno on failure; outputs named ret_* are
 * untouched on failure. A function takes a bo_err only where the cause lies outside the process
 * (drivers, files, parsers); passing NULL is allowed.
 */
#define BO_ERR_TEXT_MAX 512

struct bo_err {
	int code; /* -errno, 0 when no error was recorded */
	char text[BO_ERR_TEXT_MAX];
};

/* Records the cause. Returns `code`, so that `return bo_err_set(err, -EIO, ...)` reads well. */
int bo_err_set(struct bo_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the recorded text. Returns the recorded code. */
int bo_err_wrap(struct bo_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The recorded text, "unknown error" when none was recorded; never NULL. */
const char *bo_err_text(const struct bo_err *err);

#endif
