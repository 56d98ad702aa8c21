#ifndef BO_HARNESS_CMD_PROTOCOLS_H
#define BO_HARNESS_CMD_PROTOCOLS_H

#include "drivers/api/update.h"

/* The update protocols, in the order of enum bo_protocol_kind. */
extern const struct bo_protocol *const cmd_protocols[];

#endif
