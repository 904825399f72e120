/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts the exchanges of IKE on the network by who began them. */
#ifndef WATCH_H
#define WATCH_H

#include "rig.h"

enum watch_side { WATCH_CLIENT, WATCH_GATEWAY, WATCH_N_SIDES };

/* Exchanges seen since watch_begin(), by the side that began them. */
struct watch {
	unsigned main_modes[WATCH_N_SIDES], quick_modes[WATCH_N_SIDES];
};

/* Takes the taps of the rig. Counts from 0. */
void watch_begin(struct rig *r);
const struct watch *watch_get(void);

#endif
