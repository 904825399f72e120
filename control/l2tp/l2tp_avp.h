/* SPDX-License-Identifier: BSD-3-Clause */
/* Control messages: header, AVPs, numbers; reading and writing them (RFC 2661, 3.1, 3.2, 4). */
#ifndef L2TP_AVP_INCLUDED_H /* L2TP_AVP_H is the H bit (wire/l2tp.h) */
#define L2TP_AVP_INCLUDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l2tp.h"
#include "rdwr.h"

enum {
	L2TP_TEXT_MAX = 96, /* bytes of an error message or a name, including its NUL */
	L2TP_OUT_MAX = 512, /* bytes of the longest message that we write */
	L2TP_FIRMWARE = 0x0001, /* ours, in SCCRP */
	L2TP_PROTOCOL_VERSION = 0x0100,
};

/* Messages (RFC 2661, 3.2): symbol, number, name, whether it belongs to a session. */
#define L2TP_MSGS(X)                    \
	X(SCCRQ, 1, "SCCRQ", false)     \
	X(SCCRP, 2, "SCCRP", false)     \
	X(SCCCN, 3, "SCCCN", false)     \
	X(STOPCCN, 4, "StopCCN", false) \
	X(HELLO, 6, "HELLO", false)     \
	X(OCRQ, 7, "OCRQ", true)        \
	X(OCRP, 8, "OCRP", true)        \
	X(OCCN, 9, "OCCN", true)        \
	X(ICRQ, 10, "ICRQ", true)       \
	X(ICRP, 11, "ICRP", true)       \
	X(ICCN, 12, "ICCN", true)       \
	X(CDN, 14, "CDN", true)         \
	X(WEN, 15, "WEN", true)         \
	X(SLI, 16, "SLI", true)

enum l2tp_type {
#define X(sym, number, name, session) L2TP_##sym = number,
	L2TP_MSGS(X)
#undef X
};

/* "SCCRQ"; "?" for an unknown type. */
const char *l2tp_type_name(uint16_t type);
bool l2tp_type_known(uint16_t type);
bool l2tp_type_session(uint16_t type);

/* AVPs of vendor 0 (RFC 2661, 4.4) that code outside the table names. */
enum {
	L2TP_AVP_MESSAGE_TYPE = 0,
	L2TP_AVP_RESULT_CODE = 1,
	L2TP_AVP_PROTOCOL_VERSION = 2,
	L2TP_AVP_FRAMING_CAPS = 3,
	L2TP_AVP_BEARER_CAPS = 4,
	L2TP_AVP_FIRMWARE = 6,
	L2TP_AVP_HOST_NAME = 7,
	L2TP_AVP_VENDOR_NAME = 8,
	L2TP_AVP_TUNNEL_ID = 9,
	L2TP_AVP_RECEIVE_WINDOW = 10,
	L2TP_AVP_CHALLENGE = 11,
	L2TP_AVP_SESSION_ID = 14,
	L2TP_AVP_CALL_SERIAL = 15,
	L2TP_AVP_CHALLENGE_RESPONSE = 13,
	L2TP_AVP_TX_SPEED = 24,
	L2TP_AVP_SEQUENCING = 39,
	L2TP_AVP_COUNT = 40,
};

/* Result codes other than those of l2tp.h, and error codes (RFC 2661, 4.4.2). */
enum {
	L2TP_STOP_NOT_AUTHORIZED = 4,
	L2TP_STOP_VERSION = 5, /* the error code is the highest version that we support */
	L2TP_STOP_FSM = 7,
	L2TP_CDN_NO_FACILITIES_EVER = 5,

	L2TP_ERR_NONE = 0,
	L2TP_ERR_LENGTH = 2,
	L2TP_ERR_VALUE = 3,
	L2TP_ERR_RESOURCES = 4,
	L2TP_ERR_CONTEXT = 5, /* session ID invalid in this context */
	L2TP_ERR_AVP = 8, /* unknown AVP with the M bit */
};

/* Why a message cannot be accepted, as the CDN or StopCCN tells it. */
struct l2tp_fault {
	uint16_t result; /* 0: no fault */
	uint16_t error;
	char text[L2TP_TEXT_MAX];
};

/* Describes a fault, unless f has one already: the first one counts. */
void l2tp_fault_set(struct l2tp_fault *f, uint16_t result, uint16_t error, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The header of a control message (RFC 2661, 3.1); host order. */
struct l2tp_header {
	uint16_t tid, sid, ns, nr;
	struct rd body; /* the AVPs; empty in a ZLB */
};

/* False if msg is not an L2TPv2 control message. Bytes beyond its length are left out. */
bool l2tp_header_read(struct l2tp_header *h, const uint8_t *msg, size_t len);

/* A control message as plain values in host order; those that `has` lacks are 0 or "". */
struct l2tp_msg {
	uint16_t type;
	uint64_t has; /* bit n: AVP n was read */
	struct l2tp_fault fault; /* the first one */
	bool broken; /* the framing is at fault: what comes after it could not be read */
	uint16_t version, firmware, tid, window, sid;
	uint16_t result, error;
	uint32_t framing, serial;
	char host[64], vendor[64], text[L2TP_TEXT_MAX];
};

static inline bool
l2tp_has(const struct l2tp_msg *m, unsigned avp)
{
	return (m->has >> avp & 1) != 0;
}

/* Reads all AVPs. Faults are reported in m->fault. `who` is for log lines. */
void l2tp_msg_read(struct l2tp_msg *m, struct rd body, const char *who);

/* Copies text of a peer for logs and owners: truncated to size, control characters as '?'. */
void l2tp_copy_text(char *out, size_t size, const uint8_t *p, size_t len);

/* Each writes an AVP, with the M bit as the table has it. */
void l2tp_put_type(struct wr *w, enum l2tp_type type);
void l2tp_put_u16(struct wr *w, unsigned avp, uint16_t value);
void l2tp_put_u32(struct wr *w, unsigned avp, uint32_t value);
void l2tp_put_string(struct wr *w, unsigned avp, const char *s);

/* Writes a Result Code AVP, without error code and text if it has neither. */
void l2tp_put_result(struct wr *w, uint16_t result, uint16_t error, const char *text);

#endif
