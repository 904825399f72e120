/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A peer's side of L2TP. The input consists of records of (operation, argument, ...): messages,
 * with or without our IDs and the expected Ns filled in, and what happens between them.
 */
#include <assert.h>
#include <stdlib.h>

#include "l2tp_impl.h"

enum op {
	OP_RAW, /* length (u16), a message */
	OP_FITTED, /* the same, with IDs and Ns of the tunnel */
	OP_WAIT, /* tenths of a second (u8) */
	OP_CLOSE,
	OP_COUNT,
};

struct owner {
	unsigned ups, downs, tunnel_downs;
};

static void
on_send(void *arg, const uint8_t *msg, size_t len)
{
	struct l2tp_header h;
	struct l2tp_msg m;

	(void)arg;
	/* What the LNS writes can be read. */
	assert(l2tp_header_read(&h, msg, len));
	if (!rd_more(&h.body))
		return;
	l2tp_msg_read(&m, h.body, "fuzz");
	assert(m.fault.result == 0);
}

static void
on_up(void *arg, const struct l2tp_ids *ids)
{
	struct owner *o = arg;

	assert(ids->our_tid != 0 && ids->our_sid != 0 && ids->peer_tid != 0 && ids->peer_sid != 0);
	assert(o->ups++ == o->downs);
}

static void
on_down(void *arg, enum l2tp_why why, const char *text)
{
	struct owner *o = arg;

	assert(l2tp_why_str(why)[0] != '?' && strlen(text) < L2TP_TEXT_MAX);
	assert(++o->downs == o->ups);
}

static void
on_tunnel_down(void *arg, enum l2tp_why why, const char *text)
{
	struct owner *o = arg;

	assert(why != L2TP_WHY_REPLACED && strlen(text) < L2TP_TEXT_MAX);
	assert(o->ups == o->downs);
	o->tunnel_downs++;
}

static void
feed(struct l2tp *l, struct rd *r, bool fitted)
{
	size_t len = rd_u16(r);
	const uint8_t *bytes = rd_bytes(r, len < rd_left(r) ? len : rd_left(r));
	struct wr w;
	uint8_t *copy;

	if (bytes == NULL)
		return;
	len = (size_t)(r->p - bytes);
	copy = malloc(len ? len : 1);
	if (copy == NULL)
		return;
	w = wr_init(copy, len);
	wr_bytes(&w, bytes, len);
	if (fitted && len >= 12) {
		wr_put16(&w, 2, (uint16_t)len);
		if (l->tunnel.state != L2TP_TUNNEL_IDLE) {
			wr_put16(&w, 4, l->tunnel.our_tid);
			wr_put16(&w, 8, l->rel.nr);
			wr_put16(&w, 10, l->rel.top);
		}
		if (l->session.state != L2TP_SESSION_IDLE)
			wr_put16(&w, 6, l->session.our_sid);
	}
	l2tp_input(l, copy, len);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct timers timers;
	const struct l2tp_config config = {.host_name = "gate", .receive_window = 4, .hello_s = 5};
	const struct l2tp_events events = {on_send, on_up, on_down, on_tunnel_down};
	struct rd r = rd_init(data, size);
	struct owner owner = {0};
	struct l2tp *l;

	log_set_level_all(LOG_LEVEL_ERR);
	timers_init(&timers, 1000);
	l = l2tp_new(&config, &timers, &events, &owner, "fuzz");
	if (l == NULL)
		return 0;
	while (rd_more(&r)) {
		switch (rd_u8(&r) % OP_COUNT) {
		case OP_RAW:
			feed(l, &r, false);
			break;
		case OP_FITTED:
			feed(l, &r, true);
			break;
		case OP_WAIT:
			timers_run(&timers, timers.now_ms + rd_u8(&r) * 100u);
			break;
		default:
			if (l2tp_close(l, L2TP_CDN_ADMIN, "closed"))
				assert(l->tunnel.state == L2TP_TUNNEL_CLOSING);
			break;
		}
	}
	/* A tunnel that receives nothing more ends. */
	for (unsigned i = 0; i < 20; i++)
		timers_run(&timers, timers.now_ms + 10000);
	assert(l->tunnel.state == L2TP_TUNNEL_IDLE && owner.ups == owner.downs);
	l2tp_free(l);
	return 0;
}
