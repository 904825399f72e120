/* SPDX-License-Identifier: BSD-3-Clause */
#include "ppp_opt.h"

#include <stdio.h>

#include "ppp_internal.h"

enum {
	OPT_HEADER = 2, /* bytes: type, length */
	VALUE_MAX = 32, /* bytes of a value that we write */
};

/* An option as received. */
struct raw {
	uint8_t type;
	struct rd value;
	const uint8_t *bytes; /* including its header */
	size_t len;
};

static bool
next(struct rd *r, struct raw *o)
{
	uint8_t len;

	if (!rd_more(r))
		return false;
	o->bytes = r->p;
	o->type = rd_u8(r);
	len = rd_u8(r);
	if (len < OPT_HEADER)
		r->bad = true;
	else
		o->value = rd_sub(r, len - OPT_HEADER);
	o->len = len;
	return !r->bad;
}

static bool
well_formed(struct rd r)
{
	struct raw o;

	while (next(&r, &o))
		;
	return rd_done(&r);
}

static const struct ppp_opt *
find(const struct ppp_cp_ops *ops, uint8_t type)
{
	for (unsigned i = 0; i < ops->n_opts; i++)
		if (ops->opts[i].type == type)
			return &ops->opts[i];
	return NULL;
}

static void
put(struct wr *w, uint8_t type, const struct wr *value)
{
	wr_u8(w, type);
	wr_u8(w, (uint8_t)(OPT_HEADER + wr_len(value)));
	wr_bytes(w, value->start, wr_len(value));
}

void
ppp_opt_request(struct ppp_cp *cp)
{
	struct wr w = wr_init(cp->req, sizeof(cp->req));

	for (unsigned i = 0; i < cp->ops->n_opts; i++) {
		const struct ppp_opt *opt = &cp->ops->opts[i];
		uint8_t buf[VALUE_MAX];
		struct wr value = wr_init(buf, sizeof(buf));

		if (opt->ask != NULL && opt->ask(cp->p, &value))
			put(&w, opt->type, &value);
	}
	cp->req_len = wr_len(&w);
}

/* The lists that an answer may consist of. An Ack consists of the request itself. */
struct lists {
	struct wr nak, rej;
	bool alone;
	uint8_t nak_buf[PPP_PACKET_MAX - PPP_HEADER];
};

static void
judge_one(struct ppp_cp *cp, const struct raw *o, struct lists *l)
{
	const struct ppp_opt *opt = find(cp->ops, o->type);
	enum ppp_opinion opinion = PPP_OPT_REJ;
	uint8_t buf[VALUE_MAX];
	struct wr want = wr_init(buf, sizeof(buf));

	if (opt != NULL && opt->judge != NULL)
		opinion = opt->judge(cp->p, o->value, &want);
	switch (opinion) {
	case PPP_OPT_ACK:
		return;
	case PPP_OPT_NAK_ALONE:
		l->nak = wr_init(l->nak_buf, sizeof(l->nak_buf));
		l->alone = true;
		put(&l->nak, o->type, &want);
		return;
	case PPP_OPT_NAK:
		/* After that the negotiation does not converge (RFC 1661, 4.6). */
		if (cp->naks < PPP_MAX_FAILURE || opt->keep) {
			put(&l->nak, o->type, &want);
			return;
		}
		break;
	case PPP_OPT_REJ:
		break;
	}
	wr_bytes(&l->rej, o->bytes, o->len);
}

static void
suggest_missing(struct ppp_cp *cp, struct rd options, struct wr *nak)
{
	for (unsigned i = 0; i < cp->ops->n_opts; i++) {
		const struct ppp_opt *opt = &cp->ops->opts[i];
		uint8_t buf[VALUE_MAX];
		struct wr want = wr_init(buf, sizeof(buf));
		struct rd r = options;
		bool there = false;
		struct raw o;

		if (opt->missing == NULL)
			continue;
		while (next(&r, &o))
			there |= o.type == opt->type;
		if (!there && opt->missing(cp->p, &want))
			put(nak, opt->type, &want);
	}
}

/* Makes the answer from the list that applies. */
static void
take_reply(struct ppp_cp *cp, struct rd options, const struct lists *l)
{
	struct wr w = wr_init(cp->reply, PPP_REPLY_MAX);

	if (!l->alone && wr_len(&l->rej) > 0) {
		cp->reply_code = PPP_CONF_REJ;
		cp->reply_len = wr_len(&l->rej);
		return;
	}
	if (wr_len(&l->nak) > 0) {
		cp->reply_code = PPP_CONF_NAK;
		wr_bytes(&w, l->nak.start, wr_len(&l->nak));
	} else {
		cp->reply_code = PPP_CONF_ACK;
		wr_bytes(&w, options.p, rd_left(&options));
	}
	cp->reply_len = wr_len(&w);
}

bool
ppp_opt_judge(struct ppp_cp *cp, struct rd options)
{
	struct rd r = options;
	struct lists l;
	struct raw o;

	if (rd_left(&options) > PPP_REPLY_MAX || !well_formed(options))
		return false;
	l.alone = false;
	l.rej = wr_init(cp->reply, PPP_REPLY_MAX);
	l.nak = wr_init(l.nak_buf, sizeof(l.nak_buf));
	cp->ops->peer_begin(cp->p);
	while (!l.alone && next(&r, &o))
		judge_one(cp, &o, &l);
	if (!l.alone && wr_len(&l.rej) == 0 && cp->naks < PPP_MAX_FAILURE)
		suggest_missing(cp, options, &l.nak);
	take_reply(cp, options, &l);
	return !l.nak.bad && !l.rej.bad;
}

/* Whether our last request has an option of this type and, if exact, with this value. */
static bool
asked(const struct ppp_cp *cp, const struct raw *o, bool exact)
{
	struct rd r = rd_init(cp->req, cp->req_len);
	struct raw ours;

	while (next(&r, &ours))
		if (ours.type == o->type &&
			(!exact ||
				(ours.len == o->len && memcmp(ours.bytes, o->bytes, o->len) == 0)))
			return true;
	return false;
}

bool
ppp_opt_nakd(struct ppp_cp *cp, struct rd options)
{
	struct rd r = options;
	struct raw o;

	if (!well_formed(options))
		return false;
	/*
	 * Options that are not in our request are suggestions (RFC 1661, 5.3), which we do not
	 * follow.
	 */
	while (next(&r, &o)) {
		const struct ppp_opt *opt = find(cp->ops, o.type);

		if (opt != NULL && opt->nakd != NULL && asked(cp, &o, false))
			opt->nakd(cp->p, o.value);
	}
	return true;
}

bool
ppp_opt_rejected(struct ppp_cp *cp, struct rd options)
{
	struct rd r = options;
	struct raw o;

	if (!well_formed(options) || !rd_more(&options))
		return false;
	while (next(&r, &o))
		if (!asked(cp, &o, true))
			return false;
	r = options;
	while (next(&r, &o)) {
		const struct ppp_opt *opt = find(cp->ops, o.type);

		if (opt != NULL && opt->rejected != NULL)
			opt->rejected(cp->p);
	}
	return true;
}

static void
print_hex(struct rd value, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	while (rd_more(&value) && at + 3 < size)
		at += (size_t)snprintf(buf + at, size - at, "%02x", rd_u8(&value));
}

void
ppp_opt_print_addr(struct rd value, char *buf, size_t size)
{
	char addr[IP_STR_LEN];

	snprintf(buf, size, "%s", ip_str(rd_be32(&value), addr));
}

void
ppp_opt_print(const struct ppp_cp_ops *ops, struct rd options, char *buf, size_t size)
{
	size_t at = 0;
	struct raw o;

	buf[0] = '\0';
	while (at < size && next(&options, &o)) {
		const struct ppp_opt *opt = find(ops, o.type);
		char value[80] = "", number[12];

		snprintf(number, sizeof(number), "opt %u", o.type);
		if (opt != NULL && opt->print != NULL)
			opt->print(o.value, value, sizeof(value));
		else
			print_hex(o.value, value, sizeof(value));
		at += (size_t)snprintf(buf + at, size - at, " <%s%s%s>", opt ? opt->name : number,
			value[0] ? " " : "", value);
	}
}
