/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The names of the protocol's values in metrics and logs. */
#include "codec.h"

#include <string.h>

#include "tracepoints.h"

static const char *const cause_names[] = {
	[WIRE_CAUSE_NONE] = "none",
	[WIRE_CAUSE_SYN] = "syn",
	[WIRE_CAUSE_SYNACK] = "synack",
	[WIRE_CAUSE_TIMEOUT] = "timeout",
	[WIRE_CAUSE_SLOW_START] = "slow_start",
	[WIRE_CAUSE_FAST] = "fast",
	[WIRE_CAUSE_PROBE] = "probe",
	[WIRE_CAUSE_UNKNOWN] = "unknown",
};

static const char *const role_names[] = {
	[WIRE_ROLE_CLIENT] = "client",
	[WIRE_ROLE_SERVER] = "server",
};

static const char *const scope_names[] = {
	[WIRE_SCOPE_HOST] = "host",
	[WIRE_SCOPE_OTHER] = "other",
};

static const char *const reset_names[] = {
	[WIRE_RESET_SENT] = "sent",
	[WIRE_RESET_RECEIVED] = "received",
};

static const char *const refusal_names[] = {
	[WIRE_REFUSED_BUSY] = "busy",
	[WIRE_REFUSED_USER] = "user",
	[WIRE_REFUSED_PROTOCOL] = "protocol",
	[WIRE_REFUSED_SILENT] = "silent",
};

#define NAME(number, name, ...) [number] = name,
static const char *const program_names[] = {TRACEPOINTS(NAME)};
#undef NAME

static const char *const error_names[] = {
	[WIRE_OK] = "ok",
	[WIRE_E_LENGTH] = "length",
	[WIRE_E_TYPE] = "type",
	[WIRE_E_MAGIC] = "magic",
	[WIRE_E_VERSION] = "version",
	[WIRE_E_RECORD_SIZE] = "record_size",
	[WIRE_E_RESERVED] = "reserved",
	[WIRE_E_ENUM] = "enum",
	[WIRE_E_VALUE] = "value",
	[WIRE_E_POSITION] = "position",
};

static const char *const phase_names[] = {
	[WIRE_PHASE_CONNECT] = "connect",
	[WIRE_PHASE_ESTABLISHED] = "established",
	[WIRE_PHASE_CLOSING] = "closing",
};

#define NAMES(table) (sizeof(table) / sizeof((table)[0]))
_Static_assert(NAMES(cause_names) == WIRE_CAUSES, "a name for each cause");
_Static_assert(NAMES(scope_names) == WIRE_SCOPES, "a name for each scope");
_Static_assert(NAMES(reset_names) == WIRE_RESETS, "a name for each direction");
_Static_assert(NAMES(phase_names) == WIRE_PHASES, "a name for each phase");
_Static_assert(NAMES(refusal_names) == WIRE_REFUSALS, "a name for each refusal");
_Static_assert(NAMES(program_names) == WIRE_PROGRAMS, "numbers without a gap");
_Static_assert(NAMES(error_names) == WIRE_ERRORS, "a name for each error");

static const char *name_of(const char *const *names, size_t count, unsigned value)
{
	return value < count && names[value] ? names[value] : "invalid";
}

const char *wire_cause_name(unsigned cause)
{
	return name_of(cause_names, NAMES(cause_names), cause);
}

const char *wire_role_name(unsigned role)
{
	return name_of(role_names, NAMES(role_names), role);
}

const char *wire_scope_name(unsigned scope)
{
	return name_of(scope_names, NAMES(scope_names), scope);
}

const char *wire_reset_name(unsigned direction)
{
	return name_of(reset_names, NAMES(reset_names), direction);
}

const char *wire_phase_name(unsigned phase)
{
	return name_of(phase_names, NAMES(phase_names), phase);
}

const char *wire_refusal_name(unsigned refusal)
{
	return name_of(refusal_names, NAMES(refusal_names), refusal);
}

const char *wire_program_name(unsigned program)
{
	return name_of(program_names, NAMES(program_names), program);
}

/* 0 means that a queueing discipline refused the segment, with a positive NET_XMIT_ code. */
const char *wire_errno_name(unsigned number)
{
	return number == 0 ? "XMIT_DROP" : strerrorname_np((int)number);
}

const char *wire_error_name(enum wire_error error)
{
	return name_of(error_names, NAMES(error_names), (unsigned)error);
}
