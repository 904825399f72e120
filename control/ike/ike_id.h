/* SPDX-License-Identifier: BSD-3-Clause */
/* Identification payloads (RFC 2407, 4.6.2). */
#ifndef IKE_ID_H
#define IKE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "ike.h"
#include "rdwr.h"

struct ike_id {
	uint8_t type, proto;
	uint16_t port; /* host order */
	struct rd data;
};

/* Reads the body of a payload; false if it is malformed. */
bool ike_id_read(struct rd body, struct ike_id *out);

/* Prints the identity. */
void ike_id_str(const struct ike_id *id, char buf[IKE_ID_STR_LEN]);

#endif
