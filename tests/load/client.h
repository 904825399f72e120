/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An L2TP/IPsec remote-access client, as built into PCs and phones: IKEv1 initiator (RFC 2409), ESP
 * pairs, L2TP LAC (RFC 2661), PPP with MS-CHAPv2 (RFC 2759) and IPCP (RFC 1332). Pure: bytes and
 * time in, bytes and events out; no DPDK, no sockets, no ESP ciphers. Thousands share one thread
 * and one timer wheel.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/dh.h"
#include "esp_suite.h"
#include "ip.h"
#include "profile.h"
#include "timer.h"

/* The phases of a client, in this order. */
enum client_phase {
	CLIENT_IDLE,
	CLIENT_MAIN_MODE,
	CLIENT_QUICK_MODE,
	CLIENT_L2TP,
	CLIENT_PPP,
	CLIENT_UP,
	CLIENT_CLOSING,
	CLIENT_N_PHASES
};
const char *client_phase_name(enum client_phase phase);

/* Why a client is down. */
enum client_why {
	CLIENT_WHY_LOCAL, /* client_disconnect() is done */
	CLIENT_WHY_IKE_TIMEOUT,
	CLIENT_WHY_IKE_REFUSED, /* a notify, or an unacceptable message; the text says which */
	CLIENT_WHY_IKE_AUTH, /* message 6 or HASH_R does not verify: the pre-shared keys differ */
	CLIENT_WHY_QUICK_TIMEOUT,
	CLIENT_WHY_QUICK_REFUSED,
	CLIENT_WHY_L2TP_TIMEOUT,
	CLIENT_WHY_L2TP_REFUSED, /* StopCCN or CDN before the session was up */
	CLIENT_WHY_PPP_TIMEOUT,
	CLIENT_WHY_PPP_REFUSED, /* no agreement in LCP or IPCP */
	CLIENT_WHY_PPP_AUTH, /* CHAP Failure; the text has its message */
	CLIENT_WHY_PEER, /* the gateway ended the session while it was up */
	CLIENT_WHY_DEAD, /* the gateway stopped answering (echo, HELLO, DPD) */
	CLIENT_WHY_INTERNAL,
	CLIENT_N_WHYS
};
/* A sentence for logs. */
const char *client_why_str(enum client_why why);
/* A word for tables and JSON: "ike-timeout". */
const char *client_why_name(enum client_why why);

/* What kind of client it is. Kept by reference: it must outlive its clients. */
struct client_config {
	const struct profile *profile; /* offers, vendor IDs, AVPs, options */
	const char *psk;
	size_t psk_len;
	/* How long each phase may take; 0: the profile's. */
	uint32_t ike_timeout_ms, l2tp_timeout_ms, ppp_timeout_ms;
	uint32_t idle_ms; /* after which an unused pair is deleted; 0: the profile's */
	uint32_t esp_life_kb; /* offered for a pair; 0: the profile's */
	enum dh_group pfs; /* for perfect forward secrecy (RFC 2409, 5.5); 0: none */
	/*
	 * Encrypted IKE messages longer than this many bytes are sent in fragments, if the gateway
	 * announced that it takes them; 0: never.
	 */
	uint16_t fragment;
	/* Each new ISAKMP SA sends INITIAL-CONTACT, as a strongSwan does that lost a message. */
	bool contact_again;
};

/* Who a client is. */
struct client_id {
	struct ip_end inside; /* the address of its own interface; the port is ignored */
	be32 gateway; /* the outer address to connect to */
	const char *user, *password; /* copied */
	const char *host_name; /* in SCCRQ; copied */
	uint32_t number; /* distinguishes clients, in logs and in what they send */
};

/* An ESP pair that quick mode negotiated. */
struct client_child {
	be32 spi_in, spi_out; /* from the gateway, to it */
	const struct esp_suite *suite;
	struct esp_keys in, out; /* from the gateway, to it */
	bool udp_encap; /* in UDP port 4500 (RFC 3948) */
	uint32_t life_s; /* 0: none */
	uint64_t life_kb; /* 0: none */
};

/* The key of an ISAKMP SA, for Wireshark. */
struct client_isakmp_keys {
	uint8_t icookie[8];
	uint8_t key[32]; /* of the cipher (RFC 2409, appendix B) */
	size_t key_len;
};

struct client;

/*
 * Calls to the client's owner, with the arg of client_new(). They must not free the client. All but
 * send_ike and send_l2tp may be NULL.
 */
struct client_events {
	/* Sends an IKE message from port 500, or 4500, where the non-ESP marker goes before it. */
	void (*send_ike)(void *arg, uint16_t port, const uint8_t *msg, size_t len);
	/* Sends an L2TP message, from its header on, by UDP 1701 to 1701 in the newest ESP pair. */
	void (*send_l2tp)(void *arg, const uint8_t *msg, size_t len);
	/*
	 * From now on, packets may come on spi_in and are sent on spi_out. Older pairs still accept
	 * packets. Returns 0, or another value to refuse the pair.
	 */
	int (*child_new)(void *arg, const struct client_child *child);
	/* A pair has ended (DELETE, expiry, disconnect). */
	void (*child_gone)(void *arg, be32 spi_in);
	/* Sends a NAT-keepalive packet from port 4500 (RFC 3948, 2.3). */
	void (*keepalive)(void *arg);
	/* Main mode is done. */
	void (*isakmp_up)(void *arg, const struct client_isakmp_keys *keys);
	/* The phase has changed. */
	void (*phase)(void *arg, enum client_phase phase);
	/* IPCP is open: the leased address, and the gateway's address in PPP. */
	void (*up)(void *arg, be32 address, be32 gateway);
	/* DHCPINFORM was sent (answered: false), or answered (true). */
	void (*inform)(void *arg, bool answered);
	/* The last event: the client is CLIENT_IDLE and may be connected again, or freed. */
	void (*down)(void *arg, enum client_why why, const char *text);
};

/*
 * NULL when out of memory. Nothing is sent before client_connect(); call legacy_init() of
 * crypto/legacy.h before that. events are copied.
 */
struct client *client_new(const struct client_config *config, const struct client_id *id,
	struct timers *timers, const struct client_events *events, void *arg);
/* Sends nothing: the client is dead, as after a power cut. */
void client_free(struct client *c);

/* Sends message 1 of main mode. Only when CLIENT_IDLE. */
void client_connect(struct client *c);
/* Ends by LCP Terminate-Request, CDN, StopCCN, DELETEs, in the profile's order; then `down`. */
void client_disconnect(struct client *c);
/* Forgets everything and becomes CLIENT_IDLE, without message or event. */
void client_die(struct client *c);
/*
 * Negotiates new keys: by quick mode, or by main mode, whose ISAKMP SA takes over the pairs. -EBUSY
 * if one is under way, -EINVAL if the client is not up.
 */
int client_rekey_esp(struct client *c);
int client_rekey_ike(struct client *c);

/* Takes an IKE message that arrived at the port, without the non-ESP marker. */
void client_ike_input(struct client *c, uint16_t port, const uint8_t *msg, size_t len);
/*
 * Takes a decrypted L2TP message, from its header on: control, or PPP other than IP, which is the
 * owner's.
 */
void client_l2tp_input(struct client *c, const uint8_t *msg, size_t len);

/* Takes an IP packet of the session. True if it was for the client itself, not for its user. */
bool client_ip_input(struct client *c, const uint8_t *packet, size_t len);
/* Whether it fills in the checksum of L2TP's UDP headers, computed over its own addresses. */
bool client_sums_udp(const struct client *c);

/*
 * Accounts for len bytes of L2TP data that are about to be sent, or were received. False if there
 * is no pair for them, as after an idle time; then quick mode begins.
 */
bool client_traffic(struct client *c, size_t len);

enum client_phase client_phase(const struct client *c);
/* The initiator cookie of its newest ISAKMP SA, by which messages of the gateway are found. */
const uint8_t *client_icookie(const struct client *c);
/* The IDs of L2TP data messages from the gateway, host byte order; 0 before they are known. */
void client_ids(const struct client *c, uint16_t *our_tid, uint16_t *our_sid);
#define CLIENT_HEAD_MAX 20
/*
 * Writes the L2TP and PPP headers of IP data to the gateway, and returns their length in bytes. The
 * length field is at offset *len_at, unless that is 0, and counts from the first byte.
 */
size_t client_data_head(const struct client *c, uint8_t head[CLIENT_HEAD_MAX], size_t *len_at);
/* The memory of one client, in bytes. */
size_t client_size(void);

#endif
