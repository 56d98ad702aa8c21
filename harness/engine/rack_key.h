#ifndef BO_HARNESS_ENGINE_RACK_KEY_H
#define BO_HARNESS_ENGINE_RACK_KEY_H

#include "harness/base/str.h"

/* A file name for what a host keeps of a bench: its name as far as it is harmless, and eight digits
 * that tell benches of one name apart by their rack files and by what was left out. */
void bo_rack_key(const char *rack, const char *bench, struct bo_buf *out);

#endif
