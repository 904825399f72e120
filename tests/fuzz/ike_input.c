/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A peer's side of IKE. The first byte of the input selects the state of the ISAKMP SA (new,
 * waiting for message 3 or 5, up); records of (operation, argument, ...) follow.
 */
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gate.h"
#include "rdwr.h"

enum op {
	OP_RAW, /* length (u16), a message */
	/*
	 * exchange (u8), first payload (u8), length (u16), payloads; header, cookies and hash are
	 * added
	 */
	OP_FITTED,
	OP_WAIT, /* seconds (u8) */
	OP_COUNT,
};

static void
feed(struct gate *g, struct initiator *i, uint8_t op, struct rd *r, uint32_t message_id)
{
	static const uint8_t exchanges[] = {IKE_MAIN_MODE, IKE_INFORMATIONAL, IKE_QUICK_MODE};
	uint8_t exchange = op == OP_FITTED ? exchanges[rd_u8(r) % 3] : 0;
	uint8_t first = op == OP_FITTED ? rd_u8(r) : 0;
	size_t len = rd_u16(r);
	const uint8_t *bytes;
	struct init_msg m;

	if (len > rd_left(r))
		len = rd_left(r);
	if (len > sizeof(m.b) - 256)
		len = sizeof(m.b) - 256;
	bytes = rd_bytes(r, len);
	if (bytes == NULL)
		return;
	if (op == OP_RAW) {
		memset(&m, 0, sizeof(m));
		memcpy(m.b, bytes, len);
		m.len = len;
	} else if (i->key_len == 0 || exchange == IKE_MAIN_MODE) {
		init_msg_begin(&m, i, exchange, exchange == IKE_MAIN_MODE ? 0 : message_id);
		m.b[16] = first;
		memcpy(m.b + m.len, bytes, len);
		m.len += len;
		init_msg_end(&m);
	} else {
		initiator_raw(i, exchange, message_id, first, bytes, len, &m);
	}
	gate_input(g, &m);
}

/* Runs main mode up to the state that the input selects. */
static void
go(struct both *b, unsigned steps)
{
	struct init_msg m;

	if (steps == 3)
		both_main_mode(b, false);
	else if (steps > 0)
		both_until(b, 3, &m);
	if (steps == 2)
		gate_input(&b->g, &m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct both b;
	struct gate *g = &b.g;
	struct rd r = rd_init(data, size);
	uint32_t message_id = 1;

	gate_init(g, GATE_PSK, "aes128-sha1-ecp256,aes256-sha1-modp2048,3des-sha1-modp1024",
		"aes128-sha1,3des-sha1,aes256-sha256");
	initiator_init(&b.i, "aes128-sha1-ecp256", GATE_PSK);
	go(&b, rd_u8(&r) & 3);
	while (rd_more(&r)) {
		uint8_t op = rd_u8(&r) % OP_COUNT;

		if (op == OP_WAIT)
			timers_run(&g->timers, g->timers.now_ms + rd_u8(&r) * 1000u);
		else
			feed(g, &b.i, op, &r, message_id++);
	}
	/* A pair that is up was new before, and everything ends with its lifetime. */
	assert(g->child_ups <= g->childs && g->child_gones <= g->childs);
	for (unsigned n = 0; n < 4; n++)
		timers_run(&g->timers, g->timers.now_ms + 28800u * 1000 / 2);
	assert(g->sa == NULL);
	initiator_fini(&b.i);
	return 0;
}
