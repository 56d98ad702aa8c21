#include <criterion/criterion.h>
#include <errno.h>

#include "drivers/tests/smp_rig.h"

TestSuite(smp, .init = set_up, .fini = tear_down, .timeout = 120);

static void expect_upload(const char *what)
{
	carry_out(BO_JOB_UPLOAD);
	cr_assert_eq(run.end.kind, BO_UPDATE_DONE, "%s: %s", what, run.end.text);
	cr_assert_eq(server.off, IMAGE_LEN, "%s", what);
	cr_assert_arr_eq(server.slot, image, IMAGE_LEN, "%s", what);
}

static void expect_failure(enum bo_update_job job, enum bo_update_cause cause, const char *text)
{
	carry_out(job);
	cr_assert_eq(run.end.kind, BO_UPDATE_FAILED);
	cr_assert_eq(run.end.cause, cause, "%s", run.end.text);
	cr_assert_str_eq(run.end.text, text);
}

static void restart(void)
{
	tear_down();
	set_up();
}

Test(smp, an_upload_transfers_the_image_and_reports_each_acknowledgement)
{
	expect_upload("clean");
	cr_assert_eq(run.last_point, IMAGE_LEN);
	cr_assert_eq(run.points + 1, run.sends, "one for each chunk, none for the parameters");
	cr_assert_eq(run.retries + run.resumes, 0);
	cr_assert_eq(server.firsts, 1);
	cr_assert(server.longest <= 512 - 4 && server.longest > 512 - 40, "%zu", server.longest);
}

Test(smp, a_target_that_does_not_tell_its_buffer_gets_small_packets)
{
	server.no_params = true;
	expect_upload("no parameters");
	cr_assert(server.longest <= 256 && server.longest > 200, "%zu", server.longest);
	restart();
	server.buf_size = 100000;
	expect_upload("large buffer");
	cr_assert_leq(server.longest, BO_SMP_PACKET_MAX);
	cr_assert_eq(run.points, 2);
	restart();
	server.buf_size = 50;
	expect_failure(BO_JOB_UPLOAD, BO_CAUSE_REFUSED,
		       "parameters: a buffer of 50 bytes is too small");
}

Test(smp, an_earlier_transfer_of_the_same_file_is_continued)
{
	server.len = IMAGE_LEN;
	server.off = 1234;
	server.has_sha = true;
	memcpy(server.sha, sha, 32);
	memcpy(server.slot, image, 1234);
	expect_upload("resume");
	cr_assert_eq(run.resumes, 1);
	cr_assert_eq(run.resumed_at, 1234);
	cr_assert_eq(server.erases, 0);
	restart();
	server.len = IMAGE_LEN;
	server.off = 1234;
	server.has_sha = true; /* of another file */
	expect_upload("another file");
	cr_assert_eq(run.resumes, 0);
	cr_assert_eq(server.erases, 1);
}

Test(smp, a_file_that_is_there_already_is_done_with_one_answer)
{
	server.len = server.off = IMAGE_LEN;
	server.has_sha = true;
	memcpy(server.sha, sha, 32);
	memcpy(server.slot, image, IMAGE_LEN);
	expect_upload("there already");
	cr_assert_eq(run.resumed_at, IMAGE_LEN);
	cr_assert_eq(run.sends, 2);
}

Test(smp, a_target_that_keeps_only_whole_units_gets_the_rest_again)
{
	static const size_t aligns[] = {3, 7, 64, 100};

	for (size_t i = 0; i < sizeof(aligns) / sizeof(*aligns); i++) {
		restart();
		server.keep_align = aligns[i];
		expect_upload("units");
		cr_assert_eq(run.last_point, IMAGE_LEN);
	}
}

Test(smp, a_restarted_target_gets_everything_again_from_any_chunk_on)
{
	unsigned sends;

	expect_upload("clean");
	sends = run.sends;
	for (unsigned n = 1; n < sends; n++) {
		restart();
		line.restart_before = (int)n;
		expect_upload("restarted");
		cr_assert_eq(run.last_point, IMAGE_LEN);
		cr_assert_eq(server.firsts, n == 1 ? 1 : 2, "restarted before %u", n);
		cr_assert_eq(run.retries, n == 1 ? 0 : 1);
		cr_assert_eq(run.took, 0, "no time-out is needed for that");
	}
}

Test(smp, any_one_lost_message_is_asked_for_again)
{
	unsigned sends;

	expect_upload("clean");
	sends = run.sends;
	for (unsigned n = 0; n < 2 * sends; n++) {
		restart();
		*(n % 2 ? &line.lose_answer : &line.lose_request) = (int)(n / 2);
		expect_upload("lost");
		cr_assert_eq(run.retries, 1);
		cr_assert_eq(run.sends, sends + 1, "a repeat is no new request");
		cr_assert_eq(run.took, n / 2 == 1 ? 40 * BO_S : 5 * BO_S);
	}
	cr_assert_str_eq(run.retry_text, "upload at 4,752: no answer, asked again");
}

Test(smp, answers_to_other_requests_change_nothing)
{
	unsigned sends;

	expect_upload("clean");
	sends = run.sends;
	for (unsigned n = 0; n < 2 * sends; n++) {
		restart();
		*(n % 2 ? &line.repeat_answer : &line.stale_before) = (int)(n / 2);
		expect_upload("repeated or stale");
		cr_assert_eq(run.sends, sends);
		cr_assert_eq(run.took, 0);
	}
	restart();
	line.echo = true;
	expect_upload("a line that echoes");
	cr_assert_eq(run.sends, sends);
}

Test(smp, log_lines_at_any_byte_of_an_answer_cost_a_repeat_at_most)
{
	static const char *const noises[] = {
		"[00:00:12.345] <wrn> flash: slow\n",
		"\n",
		"boot\r\n",
		"\x06\x09",
		"ABCD",
		"\x04\x14",
	};

	for (size_t i = 0; i < sizeof(noises) / sizeof(*noises); i++) {
		for (int n = 0; n < 3; n++) {
			for (int at = 0; at < 40; at++) {
				restart();
				line.noise = noises[i];
				line.noise_in = n;
				line.noise_at = at;
				expect_upload("noise");
				cr_assert_leq(run.retries, 1);
				/* only a frame whose very marker was torn goes unnoticed */
				cr_assert(at == 1 || strlen(noises[i]) == 1 || i > 2 ||
						  run.took <= BO_S,
					  "noise %zu in %d at %d took %lld", i, n, at,
					  (long long)run.took);
			}
		}
	}
}

Test(smp, random_trouble_ends_in_the_right_image_or_in_a_cause)
{
	unsigned done = 0;

	for (uint64_t seed = 0; seed < 400; seed++) {
		restart();
		bo_prng_init(&line.prng, seed);
		line.per_mille = 10 + (int)(seed % 4) * 40;
		line.noise = seed % 2 ? "[log] noise\n" : "\x06\x09QUJD";
		carry_out(BO_JOB_UPLOAD);
		if (run.end.kind == BO_UPDATE_DONE) {
			done++;
			cr_assert_arr_eq(server.slot, image, IMAGE_LEN, "seed %d", (int)seed);
			continue;
		}
		cr_assert(run.end.cause == BO_CAUSE_SILENT || run.end.cause == BO_CAUSE_GARBLED ||
				  run.end.cause == BO_CAUSE_REFUSED,
			  "seed %d: %s", (int)seed, run.end.text);
		cr_assert_gt(line.per_mille, 50, "seed %d: %s", (int)seed, run.end.text);
	}
	cr_assert_gt(done, 300, "%u", done);
}

Test(smp, silence_ends_after_the_allowed_repeats)
{
	line.mute = true;
	expect_failure(BO_JOB_QUERY, BO_CAUSE_SILENT,
		       "image state: no answer within 5 s, asked 4 times");
	cr_assert_eq(run.sends, 4);
	cr_assert_eq(run.took, 20 * BO_S);
	expect_failure(BO_JOB_RESET, BO_CAUSE_SILENT, "reset: no answer within 5 s, asked 1 time");
	cr_assert_eq(run.sends, 1, "a second reset would hit what the first one began");
	cr_assert(server.was_reset);
}

Test(smp, damage_ends_after_the_allowed_repeats_and_is_no_silence)
{
	line.destroy = true;
	expect_failure(BO_JOB_QUERY, BO_CAUSE_GARBLED,
		       "image state: no intact answer within 5 s, asked 7 times");
	cr_assert_eq(run.took, 20 * BO_S + 3 * 200 * BO_MS);
	expect_failure(BO_JOB_RESET, BO_CAUSE_GARBLED,
		       "reset: no intact answer within 5 s, asked 1 time");
}

Test(smp, a_refusal_is_told_in_the_targets_words)
{
	server.rc = 10;
	expect_failure(BO_JOB_RESET, BO_CAUSE_REFUSED, "reset: busy (rc 10)");
	server.rc = 0;
	server.err_rc = 9;
	expect_failure(BO_JOB_UPLOAD, BO_CAUSE_REFUSED,
		       "upload at 0: no free slot (group 1, rc 9)");
	server.err_rc = 8;
	expect_failure(BO_JOB_TEST, BO_CAUSE_REFUSED,
		       "set image state: hash not found (group 1, rc 8)");
	server.err_rc = 0;
	server.match_false = true;
	expect_failure(BO_JOB_UPLOAD, BO_CAUSE_REFUSED,
		       "upload at 4,752: what arrived has another SHA-256");
}

Test(smp, offsets_that_lead_nowhere_end_the_upload)
{
	server.forgets = true;
	expect_failure(BO_JOB_UPLOAD, BO_CAUSE_REFUSED,
		       "upload at 0: asked for offset 0 again and again");
	cr_assert_lt(run.sends, 20);
	server.forgets = false;
	server.lie_off = IMAGE_LEN + 1;
	expect_failure(BO_JOB_UPLOAD, BO_CAUSE_GARBLED,
		       "upload at 0: answered an offset beyond the image");
	server.lie_off = 100; /* stays there: neither forwards nor done */
	carry_out(BO_JOB_UPLOAD);
	cr_assert_eq(run.end.cause, BO_CAUSE_REFUSED);
	cr_assert_lt(run.sends, 20);
}

Test(smp, the_other_jobs_ask_once_and_say_what_they_mean)
{
	struct bo_update_slot *slot = update->state.slot;

	cr_assert_eq(carry_out(BO_JOB_QUERY)->end.kind, BO_UPDATE_DONE);
	cr_assert(slot[0].present && slot[0].active && slot[1].present && slot[1].pending);
	cr_assert_str_eq(slot[0].version, "1.0.0");
	cr_assert_str_eq(slot[1].version, "2.0.0");
	cr_assert_eq(carry_out(BO_JOB_TEST)->end.kind, BO_UPDATE_DONE);
	cr_assert_arr_eq(server.tested, hash, 32, "the image's hash, not the file's");
	cr_assert_eq(carry_out(BO_JOB_CONFIRM)->end.kind, BO_UPDATE_DONE);
	cr_assert(server.confirmed);
	cr_assert_eq(carry_out(BO_JOB_RESET)->end.kind, BO_UPDATE_DONE);
	cr_assert(server.was_reset);
	cr_assert_eq(server.requests, 4);
}

Test(smp, a_new_job_drops_the_old_one_and_its_late_answers)
{
	uint8_t sent[200], late[BO_SMP_FRAME_MAX_ANY];
	const uint8_t *packet;
	size_t len, packet_len;

	cr_assert_eq(update->ops->start(update, BO_JOB_RESET, 0), 0);
	len = update->ops->take(update, sent, sizeof(sent));
	bo_smp_decode(&server.decoder, sent, len, &packet, &packet_len);
	len = server_answer(&server, packet, packet_len, late);
	memset(&run, 0, sizeof(run));
	cr_assert_eq(update->ops->start(update, BO_JOB_CONFIRM, 0), 0);
	feed(0, late, len);
	cr_assert_not(over(), "the reset's answer is not the confirmation's");
	cr_assert_eq(carry_out(BO_JOB_CONFIRM)->end.kind, BO_UPDATE_DONE);
}

Test(smp, a_repeat_and_a_torn_request_begin_on_a_new_line)
{
	uint8_t sent[200];
	size_t len;

	cr_assert_eq(update->ops->start(update, BO_JOB_QUERY, 0), 0);
	len = update->ops->take(update, sent, sizeof(sent));
	cr_assert(len > 3 && sent[0] == 0x06);
	update->ops->tick(update, update->ops->deadline(update));
	cr_assert_eq(update->ops->take(update, sent, 5), 5);
	cr_assert(sent[0] == '\n' && sent[1] == 0x06);
	cr_assert_eq(update->ops->start(update, BO_JOB_RESET, 0), 0);
	cr_assert_eq(update->ops->take(update, sent, 2), 2);
	cr_assert(sent[0] == '\n' && sent[1] == 0x06);
}

Test(smp, nothing_is_accepted_before_it_was_asked)
{
	uint8_t early[BO_SMP_FRAME_MAX_ANY], packet[] = {0x0b, 0, 0, 1, 0, 0, 0, 5, 0xa0};

	memset(&run, 0, sizeof(run));
	cr_assert_eq(update->ops->start(update, BO_JOB_RESET, 0), 0);
	feed(0, early, bo_smp_encode(packet, sizeof(packet), 127, early, sizeof(early)));
	cr_assert_not(over());
}

Test(smp, what_cannot_work_is_refused_at_once)
{
	struct bo_smp_config config;
	struct bo_update *other;
	struct bo_err err = {0};

	update->image.data = NULL;
	cr_assert_eq(update->ops->start(update, BO_JOB_UPLOAD, 0), -EINVAL);
	config = bo_smp_defaults, config.line_max = 6;
	cr_assert_eq(bo_smp_new(&config, &other, &err), -EINVAL);
	cr_assert_str_eq(err.text, "smp: a line holds 7 bytes or more");
	config = bo_smp_defaults, config.packet_untold = 95;
	cr_assert_eq(bo_smp_new(&config, &other, &err), -EINVAL);
	config = bo_smp_defaults, config.packet_max = 128;
	cr_assert_eq(bo_smp_new(&config, &other, &err), -EINVAL);
	config = bo_smp_defaults, config.packet_max = 4097;
	cr_assert_eq(bo_smp_new(&config, &other, &err), -EINVAL);
	config = bo_smp_defaults, config.answer_ns = 0;
	cr_assert_eq(bo_smp_new(&config, &other, &err), -EINVAL);
}

Test(smp, the_configuration_is_obeyed)
{
	struct bo_smp_config config = bo_smp_defaults;

	config.version = BO_SMP_V1;
	config.line_max = 7;
	config.packet_max = config.packet_untold = 96;
	config.retries = 0;
	config.answer_ns = BO_S;
	config.erase_ns = 2 * BO_S;
	config.byte_ns = BO_MS;
	tear_down();
	set_up_with(&config);
	expect_upload("small");
	cr_assert_leq(server.longest, 96);
	line.lose_answer = 1;
	server.has_sha = false;
	expect_failure(BO_JOB_UPLOAD, BO_CAUSE_SILENT,
		       "upload at 0: no answer within 2 s, asked 1 time");
	cr_assert(run.took > 2 * BO_S + 128 * BO_MS && run.took < 2 * BO_S + 300 * BO_MS);
}
