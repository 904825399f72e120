/* SPDX-License-Identifier: BSD-3-Clause */
#include "l2tp_avp.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "log.h"
#include "wire/l2tp.h"

static const struct {
	uint16_t type;
	bool session;
	const char *name;
} msgs[] = {
#define X(sym, number, name, session) {number, session, name},
	L2TP_MSGS(X)
#undef X
};

const char *
l2tp_type_name(uint16_t type)
{
	for (size_t i = 0; i < sizeof(msgs) / sizeof(msgs[0]); i++)
		if (msgs[i].type == type)
			return msgs[i].name;
	return "?";
}

bool
l2tp_type_known(uint16_t type)
{
	return l2tp_type_name(type)[0] != '?';
}

bool
l2tp_type_session(uint16_t type)
{
	for (size_t i = 0; i < sizeof(msgs) / sizeof(msgs[0]); i++)
		if (msgs[i].type == type)
			return msgs[i].session;
	return false;
}

enum kind {
	SKIP, /* known, but of no use to an LNS */
	FLAG, /* only its presence matters */
	U16,
	U32,
	STRING,
	RESULT,
};

struct row {
	const char *name; /* NULL: the RFC has no such AVP */
	bool mandatory; /* the M bit as the RFC requires it and we send it */
	enum kind kind;
	uint32_t in; /* messages that it may occur in, one bit per type */
	uint16_t at; /* offset in struct l2tp_msg */
	uint16_t size; /* bytes for a STRING there */
};

#define M(sym)     (1u << L2TP_##sym)
#define TIDS       (M(SCCRQ) | M(SCCRP) | M(STOPCCN))
#define SIDS       (M(ICRQ) | M(ICRP) | M(OCRQ) | M(OCRP) | M(CDN))
#define AT(field)  offsetof(struct l2tp_msg, field)
#define STR(field) AT(field), sizeof(((struct l2tp_msg *)0)->field)

/* clang-format off */
/* RFC 2661, 4.4, by number. */
static const struct row avps[L2TP_AVP_COUNT] = {
	/*      name                            M      kind    messages, place */
	[0]  = {"Message Type",                 true,  SKIP,   0},
	[1]  = {"Result Code",                  true,  RESULT, M(STOPCCN) | M(CDN)},
	[2]  = {"Protocol Version",             true,  U16,    M(SCCRQ) | M(SCCRP), AT(version)},
	[3]  = {"Framing Capabilities",         true,  U32,    M(SCCRQ) | M(SCCRP), AT(framing)},
	[4]  = {"Bearer Capabilities",          true,  SKIP,   M(SCCRQ) | M(SCCRP)},
	[5]  = {"Tie Breaker",                  false, SKIP,   M(SCCRQ)},
	[6]  = {"Firmware Revision",            false, U16,    M(SCCRQ) | M(SCCRP), AT(firmware)},
	[7]  = {"Host Name",                    true,  STRING, M(SCCRQ) | M(SCCRP), STR(host)},
	[8]  = {"Vendor Name",                  false, STRING, M(SCCRQ) | M(SCCRP), STR(vendor)},
	[9]  = {"Assigned Tunnel ID",           true,  U16,    TIDS, AT(tid)},
	[10] = {"Receive Window Size",          true,  U16,    M(SCCRQ) | M(SCCRP), AT(window)},
	[11] = {"Challenge",                    true,  FLAG,   M(SCCRQ) | M(SCCRP)},
	[12] = {"Q.931 Cause Code",             true,  SKIP,   M(CDN)},
	[13] = {"Challenge Response",           true,  FLAG,   M(SCCRP) | M(SCCCN)},
	[14] = {"Assigned Session ID",          true,  U16,    SIDS, AT(sid)},
	[15] = {"Call Serial Number",           true,  U32,    M(ICRQ) | M(OCRQ), AT(serial)},
	[16] = {"Minimum BPS",                  true,  SKIP,   M(OCRQ)},
	[17] = {"Maximum BPS",                  true,  SKIP,   M(OCRQ)},
	[18] = {"Bearer Type",                  true,  SKIP,   M(ICRQ) | M(OCRQ)},
	[19] = {"Framing Type",                 true,  SKIP,   M(ICCN) | M(OCRQ) | M(OCCN)},
	[21] = {"Called Number",                true,  SKIP,   M(ICRQ) | M(OCRQ)},
	[22] = {"Calling Number",               true,  SKIP,   M(ICRQ)},
	[23] = {"Sub-Address",                  true,  SKIP,   M(ICRQ) | M(OCRQ)},
	[24] = {"Tx Connect Speed",             true,  SKIP,   M(ICCN) | M(OCCN)},
	[25] = {"Physical Channel ID",          false, SKIP,   M(ICRQ) | M(OCRP)},
	[26] = {"Initial Received LCP CONFREQ", false, SKIP,   M(ICCN)},
	[27] = {"Last Sent LCP CONFREQ",        false, SKIP,   M(ICCN)},
	[28] = {"Last Received LCP CONFREQ",    false, SKIP,   M(ICCN)},
	[29] = {"Proxy Authen Type",            false, SKIP,   M(ICCN)},
	[30] = {"Proxy Authen Name",            false, SKIP,   M(ICCN)},
	[31] = {"Proxy Authen Challenge",       false, SKIP,   M(ICCN)},
	[32] = {"Proxy Authen ID",              false, SKIP,   M(ICCN)},
	[33] = {"Proxy Authen Response",        false, SKIP,   M(ICCN)},
	[34] = {"Call Errors",                  true,  SKIP,   M(WEN)},
	[35] = {"ACCM",                         true,  SKIP,   M(SLI)},
	[36] = {"Random Vector",                true,  SKIP,   ~0u},
	[37] = {"Private Group ID",             false, SKIP,   M(ICCN)},
	[38] = {"Rx Connect Speed",             false, SKIP,   M(ICCN) | M(OCCN)},
	[39] = {"Sequencing Required",          true,  FLAG,   M(ICCN) | M(OCCN)},
};
/* clang-format on */

#undef M
#undef TIDS
#undef SIDS

/* An AVP as received. */
struct avp {
	uint16_t flags, vendor, type;
	struct rd value;
};

void
l2tp_fault_set(struct l2tp_fault *f, uint16_t result, uint16_t error, const char *fmt, ...)
{
	va_list ap;

	if (f->result != 0)
		return;
	f->result = result;
	f->error = error;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

void
l2tp_copy_text(char *out, size_t size, const uint8_t *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++)
		out[n++] = p[i] < 0x20 || p[i] == 0x7f ? '?' : (char)p[i];
	out[n] = '\0';
}

bool
l2tp_header_read(struct l2tp_header *h, const uint8_t *msg, size_t len)
{
	const uint16_t need = L2TP_FLAG_T | L2TP_FLAG_L | L2TP_FLAG_S;
	struct rd r = rd_init(msg, len);
	uint16_t flags = rd_u16(&r);
	uint16_t length = rd_u16(&r);

	h->tid = rd_u16(&r);
	h->sid = rd_u16(&r);
	h->ns = rd_u16(&r);
	h->nr = rd_u16(&r);
	if (r.bad || (flags & need) != need || (flags & L2TP_FLAG_O) != 0 ||
		(flags & L2TP_VERSION_MASK) != L2TP_VERSION || length < L2TP_CONTROL_HEADER)
		return false;
	h->body = rd_sub(&r, (size_t)length - L2TP_CONTROL_HEADER);
	return !r.bad;
}

static bool
avp_next(struct rd *r, struct avp *a)
{
	uint16_t length;

	a->flags = rd_u16(r);
	a->vendor = rd_u16(r);
	a->type = rd_u16(r);
	length = a->flags & L2TP_AVP_LENGTH_MASK;
	if (length < L2TP_AVP_HEADER)
		r->bad = true;
	else
		a->value = rd_sub(r, (size_t)length - L2TP_AVP_HEADER);
	return !r->bad;
}

/* Reads the result code, and the error code and text if they are present. */
static void
read_result(struct l2tp_msg *m, struct rd *v)
{
	size_t left;

	m->result = rd_u16(v);
	if (rd_more(v))
		m->error = rd_u16(v);
	left = rd_left(v);
	l2tp_copy_text(m->text, sizeof(m->text), rd_bytes(v, left), left);
}

/* Stores the value where its row says; false if it has the wrong length. */
static bool
avp_value(struct l2tp_msg *m, const struct row *row, struct rd v)
{
	char *place = (char *)m + row->at;
	size_t left = rd_left(&v);
	uint32_t u32;
	uint16_t u16;

	switch (row->kind) {
	case U16:
		u16 = rd_u16(&v);
		memcpy(place, &u16, sizeof(u16));
		return rd_done(&v);
	case U32:
		u32 = rd_u32(&v);
		memcpy(place, &u32, sizeof(u32));
		return rd_done(&v);
	case STRING:
		l2tp_copy_text(place, row->size, rd_bytes(&v, left), left);
		return true;
	case RESULT:
		read_result(m, &v);
		return !v.bad;
	case SKIP:
	case FLAG:
		break;
	}
	return true;
}

/*
 * An AVP that is not understood ends the session or tunnel if it has the M bit; otherwise it is
 * ignored (RFC 2661, 4.1).
 */
static void
avp_unknown(struct l2tp_msg *m, const struct avp *a, const char *who, const char *what)
{
	const char *type = l2tp_type_name(m->type);

	if ((a->flags & L2TP_AVP_M) != 0)
		l2tp_fault_set(&m->fault, L2TP_STOP_ERROR, L2TP_ERR_AVP,
			"%s: vendor %u type %u in %s, mandatory", what, a->vendor, a->type, type);
	else if ((a->flags & L2TP_AVP_H) != 0)
		log_info(L2TP, who, "ignored %s: vendor %u type %u in %s", what, a->vendor, a->type,
			type);
	else
		log_debug(L2TP, who, "ignored %s: vendor %u type %u in %s", what, a->vendor,
			a->type, type);
}

static void
avp_read(struct l2tp_msg *m, const struct avp *a, const char *who)
{
	const struct row *row = a->type < L2TP_AVP_COUNT ? &avps[a->type] : NULL;

	if (a->vendor != 0 || row == NULL || row->name == NULL) {
		avp_unknown(m, a, who, "unknown AVP");
		return;
	}
	/* RFC 2661, 4.1: it is treated as unrecognized. */
	if ((a->flags & L2TP_AVP_RESERVED) != 0) {
		avp_unknown(m, a, who, "AVP with reserved bits");
		return;
	}
	if ((a->flags & L2TP_AVP_H) != 0) {
		avp_unknown(m, a, who, "hidden AVP without a shared secret");
		return;
	}
	/*
	 * Windows and others send some where the RFC has none. They are known, so this is no error.
	 */
	if ((row->in >> m->type & 1) == 0) {
		log_debug(L2TP, who, "ignored AVP %s, which does not belong in %s", row->name,
			l2tp_type_name(m->type));
		return;
	}
	if (!avp_value(m, row, a->value)) {
		l2tp_fault_set(&m->fault, L2TP_STOP_ERROR, L2TP_ERR_LENGTH,
			"AVP %s in %s has the wrong length", row->name, l2tp_type_name(m->type));
		return;
	}
	m->has |= UINT64_C(1) << a->type;
}

/* The first AVP is the type of the message (RFC 2661, 4.4.1). */
static bool
read_type(struct l2tp_msg *m, struct rd *body, const char *who)
{
	struct avp a;

	if (!avp_next(body, &a) || a.vendor != 0 || a.type != L2TP_AVP_MESSAGE_TYPE ||
		rd_left(&a.value) != 2 || (a.flags & (L2TP_AVP_H | L2TP_AVP_RESERVED)) != 0) {
		l2tp_fault_set(&m->fault, L2TP_STOP_ERROR, L2TP_ERR_LENGTH,
			"the message does not begin with its type");
		m->broken = true;
		return false;
	}
	m->type = rd_u16(&a.value);
	if (l2tp_type_known(m->type))
		return true;
	if ((a.flags & L2TP_AVP_M) != 0)
		l2tp_fault_set(&m->fault, L2TP_STOP_ERROR, L2TP_ERR_AVP,
			"unknown mandatory message type %u", m->type);
	else
		log_info(L2TP, who, "ignored a message of unknown type %u", m->type);
	return false;
}

void
l2tp_msg_read(struct l2tp_msg *m, struct rd body, const char *who)
{
	struct avp a;

	*m = (struct l2tp_msg){0};
	if (!read_type(m, &body, who))
		return;
	while (rd_more(&body) && avp_next(&body, &a))
		avp_read(m, &a, who);
	if (!body.bad)
		return;
	m->broken = true;
	/* Replaces faults of AVPs before it. */
	m->fault.result = 0;
	l2tp_fault_set(&m->fault, L2TP_STOP_ERROR, L2TP_ERR_LENGTH, "malformed AVP in %s",
		l2tp_type_name(m->type));
}

/* Writes the header of an AVP; the caller writes its value of len bytes next. */
static void
put(struct wr *w, unsigned avp, size_t len)
{
	uint16_t flags = avps[avp].mandatory ? L2TP_AVP_M : 0;

	if (len > L2TP_AVP_LENGTH_MASK - L2TP_AVP_HEADER)
		w->bad = true;
	wr_u16(w, (uint16_t)(flags | (L2TP_AVP_HEADER + len)));
	wr_u16(w, 0);
	wr_u16(w, (uint16_t)avp);
}

void
l2tp_put_u16(struct wr *w, unsigned avp, uint16_t value)
{
	put(w, avp, 2);
	wr_u16(w, value);
}

void
l2tp_put_u32(struct wr *w, unsigned avp, uint32_t value)
{
	put(w, avp, 4);
	wr_u32(w, value);
}

void
l2tp_put_type(struct wr *w, enum l2tp_type type)
{
	l2tp_put_u16(w, L2TP_AVP_MESSAGE_TYPE, (uint16_t)type);
}

void
l2tp_put_string(struct wr *w, unsigned avp, const char *s)
{
	put(w, avp, strlen(s));
	wr_bytes(w, s, strlen(s));
}

void
l2tp_put_result(struct wr *w, uint16_t result, uint16_t error, const char *text)
{
	bool more = error != L2TP_ERR_NONE || text[0] != '\0';

	put(w, L2TP_AVP_RESULT_CODE, more ? 4 + strlen(text) : 2);
	wr_u16(w, result);
	if (!more)
		return;
	wr_u16(w, error);
	wr_bytes(w, text, strlen(text));
}
