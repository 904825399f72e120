/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of the fake data plane. */
#ifndef FAKE_DP_IMPL_H
#define FAKE_DP_IMPL_H

#include "fake_dp.h"

/* A packet that waits for control. */
struct fake_punt {
	struct list node; /* in dp.punt */
	struct dp_punt punt;
	uint8_t bytes[];
};

/* Counts the call; whether it is to fail. */
bool fake_dp_fails(struct dp *dp, enum fake_call call);

/* One that is taken; else the test fails. */
struct fake_sess *fake_dp_sess_of(const struct dp *dp, uint32_t sid);

#endif
