/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers of ISAKMP and IKEv1 (RFC 2407, 2408, 2409, 3706, 3947). */
#ifndef WIRE_ISAKMP_H
#define WIRE_ISAKMP_H

#define ISAKMP_VERSION        0x10 /* RFC 2408, 3.1: major 1, minor 0 */
#define ISAKMP_FLAG_ENCRYPTED 0x01
#define ISAKMP_FLAG_COMMIT    0x02
#define ISAKMP_FLAG_AUTH_ONLY 0x04

/* Payload types (RFC 2408, 3.1). */
enum isakmp_payload {
	ISAKMP_NONE = 0,
	ISAKMP_SA = 1,
	ISAKMP_PROPOSAL = 2,
	ISAKMP_TRANSFORM = 3,
	ISAKMP_KE = 4,
	ISAKMP_ID = 5,
	ISAKMP_CERT = 6,
	ISAKMP_CERT_REQUEST = 7,
	ISAKMP_HASH = 8,
	ISAKMP_SIG = 9,
	ISAKMP_NONCE = 10,
	ISAKMP_NOTIFY = 11,
	ISAKMP_DELETE = 12,
	ISAKMP_VID = 13,
	ISAKMP_NATD = 20, /* RFC 3947, 9 */
	ISAKMP_NATOA = 21, /* RFC 3947, 9 */
	ISAKMP_NATD_DRAFT = 130,
	ISAKMP_NATOA_DRAFT = 131,
	ISAKMP_FRAGMENT = 132, /* Cisco's and Microsoft's */
};

#define ISAKMP_DOI_IPSEC         1 /* RFC 2407, 6.1 */
#define ISAKMP_SIT_IDENTITY_ONLY 1 /* RFC 2407, 4.2.1 */

/* Security protocols (RFC 2407, 4.4.1). */
#define ISAKMP_PROTO_ISAKMP 1
#define ISAKMP_PROTO_AH     2
#define ISAKMP_PROTO_ESP    3
#define ISAKMP_PROTO_IPCOMP 4

#define ISAKMP_TRANSFORM_KEY_IKE 1 /* RFC 2407, 4.4.2 */

#define ISAKMP_ATTR_BASIC 0x8000 /* RFC 2408, 3.3: value in place of length */

/* Phase 1 attributes (RFC 2409, appendix A). */
#define IKE_ATTR_CIPHER        1
#define IKE_ATTR_HASH          2
#define IKE_ATTR_AUTH          3
#define IKE_ATTR_GROUP         4
#define IKE_ATTR_GROUP_TYPE    5
#define IKE_ATTR_LIFE_TYPE     11
#define IKE_ATTR_LIFE_DURATION 12
#define IKE_ATTR_KEY_LENGTH    14

#define IKE_CIPHER_DES  1
#define IKE_CIPHER_3DES 5
#define IKE_CIPHER_AES  7
#define IKE_HASH_MD5    1
#define IKE_HASH_SHA1   2
#define IKE_HASH_SHA256 4
#define IKE_HASH_SHA384 5
#define IKE_HASH_SHA512 6
#define IKE_AUTH_PSK    1

#define IKE_GROUP_TYPE_MODP 1
#define IKE_GROUP_TYPE_ECP  2

/* Phase 2 attributes (RFC 2407, 4.5). */
#define IPSEC_ATTR_LIFE_TYPE     1
#define IPSEC_ATTR_LIFE_DURATION 2
#define IPSEC_ATTR_GROUP         3
#define IPSEC_ATTR_MODE          4
#define IPSEC_ATTR_AUTH          5
#define IPSEC_ATTR_KEY_LENGTH    6

#define IPSEC_MODE_TUNNEL              1
#define IPSEC_MODE_TRANSPORT           2
#define IPSEC_MODE_UDP_TRANSPORT       4 /* RFC 3947, 5.1 */
#define IPSEC_MODE_UDP_TRANSPORT_DRAFT 61444 /* draft-ietf-ipsec-nat-t-ike-02, -03 */

#define ISAKMP_LIFE_SECONDS   1
#define ISAKMP_LIFE_KILOBYTES 2

/* Identification types (RFC 2407, 4.6.2.1). */
#define ISAKMP_ID_IPV4        1
#define ISAKMP_ID_FQDN        2
#define ISAKMP_ID_USER_FQDN   3
#define ISAKMP_ID_IPV4_SUBNET 4
#define ISAKMP_ID_IPV6        5
#define ISAKMP_ID_DER_DN      9
#define ISAKMP_ID_KEY         11

/* Notify messages (RFC 2408, 3.14.1; RFC 2407, 4.6.3; RFC 3706). */
#define ISAKMP_NOTIFIES(X)              \
	X(INVALID_PAYLOAD_TYPE, 1)      \
	X(DOI_NOT_SUPPORTED, 2)         \
	X(SITUATION_NOT_SUPPORTED, 3)   \
	X(INVALID_COOKIE, 4)            \
	X(INVALID_MAJOR_VERSION, 5)     \
	X(INVALID_MINOR_VERSION, 6)     \
	X(INVALID_EXCHANGE_TYPE, 7)     \
	X(INVALID_FLAGS, 8)             \
	X(INVALID_MESSAGE_ID, 9)        \
	X(INVALID_PROTOCOL_ID, 10)      \
	X(INVALID_SPI, 11)              \
	X(INVALID_TRANSFORM_ID, 12)     \
	X(ATTRIBUTES_NOT_SUPPORTED, 13) \
	X(NO_PROPOSAL_CHOSEN, 14)       \
	X(BAD_PROPOSAL_SYNTAX, 15)      \
	X(PAYLOAD_MALFORMED, 16)        \
	X(INVALID_KEY_INFORMATION, 17)  \
	X(INVALID_ID_INFORMATION, 18)   \
	X(INVALID_HASH_INFORMATION, 23) \
	X(AUTHENTICATION_FAILED, 24)    \
	X(INVALID_SIGNATURE, 25)        \
	X(ADDRESS_NOTIFICATION, 26)     \
	X(NOTIFY_SA_LIFETIME, 27)       \
	X(UNEQUAL_PAYLOAD_LENGTHS, 30)  \
	X(CONNECTED, 16384)             \
	X(RESPONDER_LIFETIME, 24576)    \
	X(REPLAY_STATUS, 24577)         \
	X(INITIAL_CONTACT, 24578)       \
	X(R_U_THERE, 36136)             \
	X(R_U_THERE_ACK, 36137)

enum isakmp_notify {
#define X(sym, value) ISAKMP_##sym = value,
	ISAKMP_NOTIFIES(X)
#undef X
};

#endif
