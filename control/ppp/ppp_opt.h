/* SPDX-License-Identifier: BSD-3-Clause */
/* Negotiation of options (RFC 1661, 5.1 to 5.4), the same for all protocols. */
#ifndef PPP_OPT_H
#define PPP_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ppp.h"
#include "rdwr.h"

struct ppp_cp;
struct ppp_cp_ops;

/* What a handler decides about an option of the peer. */
enum ppp_opinion {
	PPP_OPT_ACK,
	PPP_OPT_NAK, /* it has written the value that we want instead */
	PPP_OPT_REJ,
	PPP_OPT_NAK_ALONE, /* the same, and the rest of the request is not answered */
};

/* An option of a protocol. A callback that is NULL is not used for this option. */
struct ppp_opt {
	uint8_t type;
	bool keep; /* never rejected, however often it was Nak'd */
	const char *name;
	/* Writes the value into our request; false: not in this request. */
	bool (*ask)(struct ppp *p, struct wr *value);
	/* The peer Naks our value, and suggests this one. */
	void (*nakd)(struct ppp *p, struct rd value);
	/* The peer rejects our option. */
	void (*rejected)(struct ppp *p);
	/* Judges the peer's value. NULL: the option is rejected. */
	enum ppp_opinion (*judge)(struct ppp *p, struct rd value, struct wr *want);
	/* The peer's request lacks the option: writes a value to suggest; false: none. */
	bool (*missing)(struct ppp *p, struct wr *want);
	/* Prints the value for the log. NULL: in hex. */
	void (*print)(struct rd value, char *buf, size_t size);
};

/* Writes a new request into cp->req. */
void ppp_opt_request(struct ppp_cp *cp);

/* Judges the peer's options and writes the answer to cp->reply. False if the list is malformed. */
bool ppp_opt_judge(struct ppp_cp *cp, struct rd options);

/* Process the peer's Nak and Reject of our request. False if it does not match the request. */
bool ppp_opt_nakd(struct ppp_cp *cp, struct rd options);
bool ppp_opt_rejected(struct ppp_cp *cp, struct rd options);

/* Prints " <mru 1400> <pcomp>". */
void ppp_opt_print(const struct ppp_cp_ops *ops, struct rd options, char *buf, size_t size);

/* Prints an address, for ppp_opt.print. */
void ppp_opt_print_addr(struct rd value, char *buf, size_t size);

#endif
