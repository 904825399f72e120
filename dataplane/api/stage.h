/* SPDX-License-Identifier: BSD-3-Clause */
/* The stages of a worker's turn, in order; each is in the file of its name. */
#ifndef STAGE_H
#define STAGE_H

#define STAGES(X)   \
	X(gather)   \
	X(wan_in)   \
	X(lan_in)   \
	X(esp_in)   \
	X(l2tp_in)  \
	X(ppp_in)   \
	X(forward)  \
	X(nat_in)   \
	X(route)    \
	X(filter)   \
	X(egress)   \
	X(shape)    \
	X(nat_out)  \
	X(ppp_out)  \
	X(l2tp_out) \
	X(esp_out)  \
	X(lan_out)  \
	X(wan_out)

enum stage {
#define X(name) STAGE_##name,
	STAGES(X)
#undef X
		STAGE_N
};

/* "esp_in"; in names.c. */
const char *stage_name(enum stage stage);

#endif
