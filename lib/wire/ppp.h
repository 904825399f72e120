/* SPDX-License-Identifier: BSD-3-Clause */
/* PPP on the wire (RFC 1661, 1332, 1877, 1994, 2759): numbers. */
#ifndef WIRE_PPP_H
#define WIRE_PPP_H

#define PPP_ADDRESS 0xff /* all stations (RFC 1662, 3.1) */
#define PPP_CONTROL 0x03 /* unnumbered information */

/* Protocols. */
enum {
	PPP_IP = 0x0021,
	PPP_IPCP = 0x8021,
	PPP_IPV6CP = 0x8057,
	PPP_CCP = 0x80fd,
	PPP_LCP = 0xc021,
	PPP_PAP = 0xc023,
	PPP_CHAP = 0xc223,
	PPP_EAP = 0xc227,
};

/* Codes of LCP and the NCPs (RFC 1661, 5). */
enum {
	PPP_CONF_REQ = 1,
	PPP_CONF_ACK = 2,
	PPP_CONF_NAK = 3,
	PPP_CONF_REJ = 4,
	PPP_TERM_REQ = 5,
	PPP_TERM_ACK = 6,
	PPP_CODE_REJ = 7,
	PPP_PROTO_REJ = 8,
	PPP_ECHO_REQ = 9,
	PPP_ECHO_REP = 10,
	PPP_DISCARD_REQ = 11,
	PPP_IDENT = 12, /* RFC 1570, 2.1 */
	PPP_TIME_REMAINING = 13, /* RFC 1570, 2.2 */
};

/* LCP options. */
enum {
	LCP_OPT_MRU = 1,
	LCP_OPT_ASYNCMAP = 2, /* RFC 1662, 7.1 */
	LCP_OPT_AUTH = 3,
	LCP_OPT_QUALITY = 4,
	LCP_OPT_MAGIC = 5,
	LCP_OPT_PFC = 7,
	LCP_OPT_ACFC = 8,
	LCP_OPT_FCS = 9,
	LCP_OPT_CALLBACK = 13, /* RFC 1570, 2.3 */
	LCP_OPT_MRRU = 17, /* RFC 1990, 5.1.1 */
	LCP_OPT_SSNHF = 18, /* RFC 1990, 5.1.2 */
	LCP_OPT_ENDPOINT = 19, /* RFC 1990, 5.1.3 */
	LCP_OPT_LINK_DISC = 23, /* RFC 2125 */
};

/* IPCP options (RFC 1332, 3; RFC 1877, 1). */
enum {
	IPCP_OPT_ADDRESSES = 1,
	IPCP_OPT_COMPRESSION = 2,
	IPCP_OPT_ADDRESS = 3,
	IPCP_OPT_DNS1 = 129,
	IPCP_OPT_WINS1 = 130,
	IPCP_OPT_DNS2 = 131,
	IPCP_OPT_WINS2 = 132,
};

/* CHAP (RFC 1994, 4). */
enum {
	CHAP_CHALLENGE = 1,
	CHAP_RESPONSE = 2,
	CHAP_SUCCESS = 3,
	CHAP_FAILURE = 4,
};

#define CHAP_MD5       5
#define CHAP_MSCHAP_V1 0x80
#define CHAP_MSCHAP_V2 0x81 /* RFC 2759, 3 */

#endif
