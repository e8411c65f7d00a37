/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/workload.h"

#include <stdbool.h>
#include <string.h>

#include "common/array.h"

#define CONTAINER_DIGITS 64 /* hexadecimal digits in the ids of all runtimes */
#define STATIC_POD_DIGITS 32

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static size_t hex_length(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length && is_hex(text[i]))
		i++;
	return i;
}

static bool ends_with(struct workload_part part, const char *end)
{
	size_t length = strlen(end);

	return part.length > length && memcmp(part.text + part.length - length, end, length) == 0;
}

/*
 * Copies a UUID. The cgroup driver "systemd" replaces "-" by "_", because "-" separates the levels
 * of a slice (systemd.slice(5)).
 */
static bool copy_uuid(char *to, const char *text, size_t length)
{
	if (length < WORKLOAD_POD_UID_SIZE - 1)
		return false;
	for (int i = 0; i < WORKLOAD_POD_UID_SIZE - 1; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		bool valid = hyphen ? text[i] == '-' || text[i] == '_' : is_hex(text[i]);

		if (!valid)
			return false;
	}
	memcpy(to, text, WORKLOAD_POD_UID_SIZE - 1);
	to[8] = to[13] = to[18] = to[23] = '-';
	to[WORKLOAD_POD_UID_SIZE - 1] = '\0';
	return true;
}

/*
 * Copies the uid of a static pod: the MD5 sum of the file from which the kubelet reads the pod
 * (pkg/kubelet/config/common.go).
 */
static bool copy_static(char *to, const char *text, size_t length)
{
	if (hex_length(text, length) != STATIC_POD_DIGITS)
		return false;
	memcpy(to, text, STATIC_POD_DIGITS);
	to[STATIC_POD_DIGITS] = '\0';
	return true;
}

/*
 * Finds the uid of a pod. There are three forms, by the cgroup driver:
 *
 * - cgroupfs: "pod<uid>"
 * - systemd: "kubepods-burstable-pod<uid>.slice"
 * - systemd for the kubelet, cgroupfs for containerd:
 *   "kubepods-burstable-pod<uid>.slice:cri-containerd:<id>"
 */
static bool find_pod(char *to, struct workload_part part)
{
	for (size_t i = 0; i + 3 < part.length; i++) {
		const char *uid = part.text + i + 3;
		size_t length = part.length - i - 3;

		if ((i == 0 || part.text[i - 1] == '-') && memcmp(part.text + i, "pod", 3) == 0 &&
			(copy_uuid(to, uid, length) || copy_static(to, uid, length)))
			return true;
	}
	return false;
}

/*
 * Finds the id of a container in "<id>" or "<runtime>-<id>". The cgroup driver "systemd" appends
 * ".scope". The scope of conmon, which watches a container of podman or CRI-O, is not a container.
 */
static bool find_container(struct workload_part *id, struct workload_part part)
{
	size_t before;

	if (ends_with(part, ".scope"))
		part.length -= strlen(".scope");
	if (part.length < CONTAINER_DIGITS || memmem(part.text, part.length, "conmon", 6))
		return false;
	before = part.length - CONTAINER_DIGITS;
	if (before > 0 && part.text[before - 1] != '-' && part.text[before - 1] != ':')
		return false;
	*id = (struct workload_part){part.text + before, CONTAINER_DIGITS};
	return hex_length(id->text, id->length) == id->length;
}

/*
 * Returns the unit in `part`, or an empty part, by the rules of cg_path_get_unit() in systemd. A
 * leading "_" is an escape.
 */
static struct workload_part unit_of(struct workload_part part)
{
	static const char *const ends[] = {".service", ".scope", ".socket", ".mount", ".swap"};

	if (*part.text == '_') {
		part.text++;
		part.length--;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (ends_with(part, ends[i]))
			return part;
	}
	return (struct workload_part){0};
}

/*
 * If pods are nested, as in kind, the innermost pod is stored. If containers are nested in a pod,
 * the outermost container is stored, because Kubernetes knows only that container. The unit is the
 * first part below the slices.
 */
void workload_parse(struct workload *workload, const char *path)
{
	bool in_slices = true;

	*workload = (struct workload){0};
	for (const char *start = path; *start; start += *start == '/') {
		struct workload_part part = {start, strcspn(start, "/")};
		struct workload_part id;

		start += part.length;
		if (part.length == 0)
			continue;
		if (find_pod(workload->pod_uid, part))
			workload->container_id.length = 0;
		if ((!workload->pod_uid[0] || workload->container_id.length == 0) &&
			find_container(&id, part))
			workload->container_id = id;
		if (in_slices && !ends_with(part, ".slice")) {
			in_slices = false;
			workload->unit = unit_of(part);
		}
	}
}
