#include <string.h>

#include "drivers/sim/sim_parts.h"

#define BITS_A_BYTE 10

void sim_line_open(struct sim_line *line, int64_t baud)
{
	line->byte_ns = BITS_A_BYTE * BO_S / baud;
}

bool sim_line_put(struct sim_line *line, bo_ns now, const void *data, size_t len)
{
	if (len > SIM_QUEUE_MAX - line->queued)
		return false;
	if (line->queued == 0)
		line->next_byte_at = now + line->byte_ns;
	if (!line->breaks) {
		memcpy(line->queue + line->queued, data, len);
		line->queued += len;
	}
	return true;
}

void sim_line_hold_break(struct sim_line *line, bool on)
{
	line->breaks = on;
	sim_line_drop(line);
}

void sim_line_drop(struct sim_line *line)
{
	line->queued = line->sent = 0;
}

int64_t sim_line_due(const struct sim_line *line)
{
	return line->queued > 0 ? line->next_byte_at : BOARD_NEVER;
}

uint8_t sim_line_arrive(struct sim_line *line)
{
	uint8_t byte = line->queue[line->sent++];

	if (line->sent == line->queued)
		sim_line_drop(line);
	else
		line->next_byte_at += line->byte_ns;
	return byte;
}

void sim_line_hear(struct sim_line *line, const struct board_event *event)
{
	if (line->out_len == sizeof(line->out))
		return;
	line->out[line->out_len++] = (uint8_t)event->value;
	line->out_at = event->at_ns;
}
